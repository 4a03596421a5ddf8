#pragma once

#include <string>

namespace zoo {

// Defined in one generated unit, so that no other knows where the project lies: what the compiler's cache holds then
// serves every clone of it.
const char* test_source_dir();
const char* test_bin_dir();

}  // namespace zoo

/// The project's root, and the folder of the built programs, as texts; a literal may follow: ZOO_SOURCE_DIR "/docs".
#define ZOO_SOURCE_DIR std::string(zoo::test_source_dir()) + ""
#define ZOO_BIN_DIR std::string(zoo::test_bin_dir()) + ""
