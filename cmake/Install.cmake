# cmake --install BUILD --prefix PREFIX:
#   bin/            zoo and the programs beside it
#   lib/            the rooms' libraries
#   include/langzoo the headers of the rooms, to be included as they are here: <library/langzoo.h>
#   lib/cmake/langzoo   find_package(langzoo): langzoo::langzoo, and langzoo::vectors, which needs no LibTorch
# Programs find LibTorch's libraries where they were when langzoo was built (their RUNPATH), else in PREFIX/lib/langzoo,
# where one may put or link them, else where LD_LIBRARY_PATH says.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(ZOO_PACKAGE ${CMAKE_INSTALL_LIBDIR}/cmake/langzoo)

target_include_directories(zoo_flags INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/langzoo>)
get_property(libraries GLOBAL PROPERTY ZOO_LIBRARIES)
foreach(library zoo_flags zoo_model_table ${libraries})
  string(REGEX REPLACE "^zoo_" "" name ${library})
  if(name STREQUAL "library")
    set(name langzoo)
  endif()
  set_target_properties(${library} PROPERTIES EXPORT_NAME ${name} OUTPUT_NAME langzoo_${name})
  install(TARGETS ${library} EXPORT langzoo ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endforeach()
install(EXPORT langzoo NAMESPACE langzoo:: FILE langzoo-targets.cmake DESTINATION ${ZOO_PACKAGE})

get_property(rooms GLOBAL PROPERTY ZOO_ROOMS)
# Not installed: stand-ins for headers that LibTorch leaves out, and what only .cpp files of the same folder include.
set(inside PATTERN "gloo_names" EXCLUDE PATTERN "assets" EXCLUDE PATTERN "process_group_parts.h" EXCLUDE PATTERN "lanes.h" EXCLUDE PATTERN "lstm_operands.h" EXCLUDE)
foreach(room ${rooms} models)
  if(NOT room STREQUAL "runs")
    install(DIRECTORY ${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/langzoo
            FILES_MATCHING PATTERN "*.h" PATTERN "configs" EXCLUDE ${inside})
  endif()
endforeach()
# Beside the headers of runs/ lie the folders of what was trained there.
file(GLOB headers CONFIGURE_DEPENDS runs/*.h)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/langzoo/runs)

configure_file(cmake/langzoo-config.cmake.in langzoo-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/langzoo-config-version.cmake VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/langzoo-config.cmake ${CMAKE_BINARY_DIR}/langzoo-config-version.cmake cmake/FindZooTorch.cmake
        DESTINATION ${ZOO_PACKAGE})
install(DIRECTORY cmake/torch_probe DESTINATION ${ZOO_PACKAGE})
