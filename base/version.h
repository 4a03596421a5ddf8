#pragma once

namespace zoo {

/// The version, by the rules of semver.org: what runs, --version and find_package(langzoo) tell. CMake reads it here.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace zoo
