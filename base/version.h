#pragma once

namespace zoo {

/// The project's version, as runs and --version tell it; the same as in CMakeLists.txt.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace zoo
