# Gives the target zoo_torch and says which LibTorch it is.
# LibTorch is looked for in ZOO_TORCH, Torch_DIR, CMAKE_PREFIX_PATH and the project's own .venv-torch, in this order.
# Two ways to it:
#  - find_package(Torch), where Torch's own package works: a LibTorch for the CPU, or one for CUDA beside a CUDA toolkit;
#  - else targets of our own on torch_cpu and c10. Torch's package ends in a fatal error where LibTorch was made for CUDA and
#    there is no toolkit, or one that this CMake does not know; the CPU half of such a LibTorch works all the same.
set(ZOO_TORCH "$ENV{ZOO_TORCH}" CACHE PATH "Folder of a LibTorch: holds lib/ and include/")
set(ZOO_TORCH_MINIMUM 2.15 CACHE STRING "Oldest LibTorch to accept")
option(ZOO_TORCH_PACKAGE "Use LibTorch through its own CMake package where that works" ON)

file(GLOB _zoo_venvs ${CMAKE_SOURCE_DIR}/.venv-torch/lib/python3*/site-packages/torch)
set(_zoo_places ${ZOO_TORCH})
foreach(dir ${Torch_DIR} $ENV{Torch_DIR})
  list(APPEND _zoo_places ${dir}/../../..)
endforeach()
string(REPLACE ":" ";" _zoo_prefixes "$ENV{CMAKE_PREFIX_PATH}")
foreach(prefix ${CMAKE_PREFIX_PATH} ${_zoo_prefixes})  # a LibTorch, or its share/cmake, or its share/cmake/Torch
  list(APPEND _zoo_places ${prefix} ${prefix}/../.. ${prefix}/../../..)
endforeach()
list(APPEND _zoo_places ${_zoo_venvs})

set(ZooTorch_ROOT_FOLDER "")
foreach(place ${_zoo_places})
  if(EXISTS ${place}/lib/libtorch_cpu.so AND EXISTS ${place}/include/torch/csrc/api/include/torch/torch.h)
    get_filename_component(ZooTorch_ROOT_FOLDER ${place} ABSOLUTE)  # links kept: ccache then finds it at the same place in every copy of the tree
    break()
  endif()
endforeach()
if(NOT ZooTorch_ROOT_FOLDER)
  message(FATAL_ERROR "No LibTorch found. Give its folder with -DCMAKE_PREFIX_PATH=/path/to/libtorch, or let ./zoo build install one.")
endif()

set(ZooTorch_VERSION 0)
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS ${ZooTorch_ROOT_FOLDER}/include/${header})
    file(STRINGS ${ZooTorch_ROOT_FOLDER}/include/${header} _zoo_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX REPLACE "[^;]* ([0-9]+)" "\\1" _zoo_lines "${_zoo_lines}")
    string(REPLACE ";" "." ZooTorch_VERSION "${_zoo_lines}")
    break()
  endif()
endforeach()
if(ZooTorch_VERSION VERSION_LESS ZOO_TORCH_MINIMUM)
  message(FATAL_ERROR "LibTorch ${ZooTorch_VERSION} in ${ZooTorch_ROOT_FOLDER} is older than ${ZOO_TORCH_MINIMUM}. Give a newer one with "
                      "-DCMAKE_PREFIX_PATH, or try this one with -DZOO_TORCH_MINIMUM=${ZooTorch_VERSION}.")
endif()

# Whether Torch's package works is tried in a project of its own, because it ends with a fatal error where it does not. Once for each LibTorch.
set(_zoo_package_folder ${ZooTorch_ROOT_FOLDER}/share/cmake/Torch)
if(NOT "${ZOO_TORCH_PROBED}" STREQUAL "${ZooTorch_ROOT_FOLDER}")
  execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/torch_probe -B ${CMAKE_BINARY_DIR}/torch_probe -G ${CMAKE_GENERATOR}
                          -DTorch_PACKAGE_FOLDER=${_zoo_package_folder} -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER}
                          -DCUDAToolkit_ROOT=${CUDAToolkit_ROOT} -DCUDA_TOOLKIT_ROOT_DIR=${CUDA_TOOLKIT_ROOT_DIR}
                  RESULT_VARIABLE _zoo_probe OUTPUT_QUIET ERROR_QUIET)
  set(ZOO_TORCH_PROBED ${ZooTorch_ROOT_FOLDER} CACHE INTERNAL "")
  set(ZOO_TORCH_PROBE_STATUS ${_zoo_probe} CACHE INTERNAL "")
endif()

add_library(zoo_torch INTERFACE)
# LibTorch brings headers of a newer fmt, without its library. The system's are put before them, so that they fit the system's library.
# (fmt in headers alone would do too, and takes 3.5 s longer for each unit.)
get_target_property(_zoo_fmt fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/fmt_first)
file(CREATE_LINK ${_zoo_fmt}/fmt ${CMAKE_BINARY_DIR}/fmt_first/fmt SYMBOLIC)
target_include_directories(zoo_torch SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/fmt_first)
if(ZOO_TORCH_PACKAGE AND ZOO_TORCH_PROBE_STATUS EQUAL 0)
  find_package(Torch REQUIRED CONFIG NO_DEFAULT_PATH PATHS ${_zoo_package_folder})
  target_link_libraries(zoo_torch INTERFACE ${TORCH_LIBRARIES})
  set(_zoo_way "through its own CMake package")
else()
  set(_zoo_lib ${ZooTorch_ROOT_FOLDER}/lib)
  target_include_directories(zoo_torch SYSTEM INTERFACE ${ZooTorch_ROOT_FOLDER}/include
                                                        ${ZooTorch_ROOT_FOLDER}/include/torch/csrc/api/include)
  target_link_libraries(zoo_torch INTERFACE ${_zoo_lib}/libtorch_cpu.so ${_zoo_lib}/libc10.so)
  # libtorch_cpu names libcudart and libcupti, which lie in wheels of their own beside torch.
  file(GLOB _zoo_nvidia ${ZooTorch_ROOT_FOLDER}/../nvidia/*/lib)
  foreach(dir ${_zoo_lib} ${_zoo_nvidia})
    target_link_options(zoo_torch INTERFACE -Wl,-rpath,${dir} -Wl,-rpath-link,${dir})
  endforeach()
  set(_zoo_way "torch_cpu and c10 alone")
endif()
message(STATUS "LibTorch ${ZooTorch_VERSION} in ${ZooTorch_ROOT_FOLDER} (${_zoo_way})")
set(ZooTorch_FOUND TRUE)
