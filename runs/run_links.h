#pragma once

#include <filesystem>

namespace zoo {

/// Throws Error where something of the run in `folder` that a command would write to is a link that leads out of it: a
/// run may come from anywhere, and none may make a command write elsewhere. Whatever writes to a run asks this first.
void check_run_links(const std::filesystem::path& folder);

}  // namespace zoo
