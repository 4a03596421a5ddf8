# How every unit is compiled: position-independent (so that one precompiled header serves libraries and programs),
# warnings as errors, a fast linker and ccache where they are there.
add_library(zoo_flags INTERFACE)
target_include_directories(zoo_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(zoo_flags INTERFACE -fPIC -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
if(ZOO_SANITIZE)
  # GCC 12 sees uninitialised members inside the standard library's regular expressions once it instruments them.
  target_compile_options(zoo_flags INTERFACE -Wno-maybe-uninitialized)
  target_compile_options(zoo_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(zoo_flags INTERFACE -fsanitize=address,undefined)
endif()

find_program(ZOO_MOLD mold)
if(ZOO_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_program(ZOO_CCACHE ccache)
if(ZOO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/cmake/compile.sh ${ZOO_CCACHE})
  add_compile_options(-fpch-preprocess)
endif()
