# zoo_room(NAME [TORCH] [LINKS ...]): the library zoo_NAME from the sources of folder NAME/.
# TORCH: the room sees LibTorch, through the one precompiled header, which holds third-party headers only. Linking is PUBLIC: a room passes on what it knows.
#
# The other units have none: with JSON and fmt precompiled they took 3.8 s instead of 4.4 s, too little for a second kind.
add_library(zoo_torch_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/torch_pch.cpp)
target_link_libraries(zoo_torch_pch PUBLIC zoo_flags zoo_torch fmt::fmt nlohmann_json::nlohmann_json)
target_precompile_headers(zoo_torch_pch PRIVATE <cmake/torch_pch.h>)  # no absolute path in it: ccache serves every copy of the tree

# zoo_use_torch(TARGET): its units see LibTorch.
function(zoo_use_torch target)
  target_link_libraries(${target} PUBLIC zoo_torch)
  target_precompile_headers(${target} REUSE_FROM zoo_torch_pch)
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
