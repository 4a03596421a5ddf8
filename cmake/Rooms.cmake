# zoo_room(NAME [TORCH] [LINKS ...]): the library zoo_NAME from the sources of folder NAME/.
# TORCH: the room sees LibTorch, through the one precompiled header, which holds third-party headers only. Linking is PUBLIC: a room passes on what it knows.
#
# The other units have none: with JSON and fmt precompiled they took 3.8 s instead of 4.4 s, too little for a second kind.
add_library(zoo_torch_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/torch_pch.cpp)
target_link_libraries(zoo_torch_pch PUBLIC zoo_flags zoo_torch fmt::fmt nlohmann_json::nlohmann_json)
target_precompile_headers(zoo_torch_pch PRIVATE <cmake/torch_pch.h>)  # no absolute path in it: ccache serves every copy of the tree

# zoo_includes_torch(FILE RESULT): whether FILE includes a header of LibTorch, itself or through headers of this tree.
# Told once a file: the answer for each is kept in a global property.
function(zoo_includes_torch file result)
  get_property(known GLOBAL PROPERTY zoo_includes_torch_${file} SET)
  if(NOT known)
    set(answer FALSE)
    set_property(GLOBAL PROPERTY zoo_includes_torch_${file} ${answer})
    file(STRINGS ${file} includes REGEX "^#include [<\"]")
    foreach(line ${includes})
      string(REGEX REPLACE "^#include [<\"]([^>\"]+).*" "\\1" header "${line}")
      if(header MATCHES "^(torch|ATen|c10)/")
        set(answer TRUE)
      elseif(EXISTS ${CMAKE_SOURCE_DIR}/${header})
        zoo_includes_torch(${CMAKE_SOURCE_DIR}/${header} answer)
      endif()
      if(answer)
        break()
      endif()
    endforeach()
    set_property(GLOBAL PROPERTY zoo_includes_torch_${file} ${answer})
  endif()
  get_property(answer GLOBAL PROPERTY zoo_includes_torch_${file})
  set(${result} ${answer} PARENT_SCOPE)
endfunction()

# zoo_use_torch(TARGET): its units see LibTorch. Those that include none of it go without the precompiled header; one
# that begins to include it after the configuring compiles too, only slower.
function(zoo_use_torch target)
  target_link_libraries(${target} PUBLIC zoo_torch)
  target_precompile_headers(${target} REUSE_FROM zoo_torch_pch)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    get_filename_component(file ${source} ABSOLUTE)
    if(EXISTS ${file})
      zoo_includes_torch(${file} sees)
      if(NOT sees)
        set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
      endif()
      # at::parallel_for is a template that runs on one thread where it is compiled without OpenMP. The library itself
      # comes from beside LibTorch at run time, so that there is one pool of threads.
      file(STRINGS ${file} parallel REGEX "at::parallel_for" LIMIT_COUNT 1)
      if(parallel)
        set_source_files_properties(${source} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -fopenmp)
        target_link_libraries(${target} PUBLIC gomp)
      endif()
    endif()
  endforeach()
endfunction()

function(zoo_library target folder)
  cmake_parse_arguments(PARSE_ARGV 2 ARG "TORCH" "" "LINKS;SUBFOLDERS")
  set(patterns ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  foreach(sub ${ARG_SUBFOLDERS})
    list(APPEND patterns ${CMAKE_SOURCE_DIR}/${folder}/${sub}/*.cpp)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC zoo_flags ${ARG_LINKS})
    if(ARG_TORCH)
      zoo_use_torch(${target})
    endif()
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE zoo_flags ${ARG_LINKS})
  endif()
endfunction()

function(zoo_room name)
  zoo_library(zoo_${name} ${name} ${ARGN} SUBFOLDERS layers kernels)
endfunction()
