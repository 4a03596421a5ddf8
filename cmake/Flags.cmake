# How every unit is compiled: position-independent (so that one precompiled header serves libraries and programs),
# warnings as errors, a fast linker and ccache where they are there.
add_library(zoo_flags INTERFACE)
# zoo_compile(OPTION…): for every unit of this tree.
macro(zoo_compile)
  foreach(option ${ARGN})
    target_compile_options(zoo_flags INTERFACE $<BUILD_INTERFACE:${option}>)
  endforeach()
endmacro()
# What an installed library asks of those who use it is only where its headers lie and C++20: cmake/Install.cmake.
target_include_directories(zoo_flags INTERFACE $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>)
target_compile_features(zoo_flags INTERFACE cxx_std_20)
zoo_compile(-fPIC -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
if(ZOO_SANITIZE)
  set(sanitizers address,undefined)
  if(ZOO_SANITIZE STREQUAL "thread")
    set(sanitizers thread)
  endif()
  zoo_compile(-fsanitize=${sanitizers} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(zoo_flags INTERFACE $<BUILD_INTERFACE:-fsanitize=${sanitizers}>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees uninitialised members inside the standard library's regular expressions once it instruments them.
    zoo_compile(-Wno-maybe-uninitialized)
    # It warns of fences, which ThreadSanitizer does not follow; a header of LibTorch has one.
    zoo_compile(-Wno-tsan)
  endif()
endif()
if(ZOO_FUZZ)
  zoo_compile(-fsanitize=fuzzer-no-link)  # libFuzzer learns from this which branches an input took
endif()

find_program(ZOO_MOLD mold)
if(ZOO_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_program(ZOO_CCACHE ccache)
if(ZOO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/cmake/compile.sh ${ZOO_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
