#pragma once

#include <filesystem>
#include <string>

#include "apps/train_tagger/material.h"

namespace zoo {

/// Trains a tagger on one share of the sentences and writes its run. Returns what came out, for --json.
Json train_share(TaggerRunOptions& options, const std::string& share, const std::filesystem::path& folder,
                 const Material& material, int threads);

}  // namespace zoo
