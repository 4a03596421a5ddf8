#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace zoo {

/// JSON whose objects are found by key in logarithmic time: for vocabularies of 100,000 keys, where Json, which keeps
/// the keys' order, would compare each with all.
using PlainJson = nlohmann::json;

/// Reads a file of at most 256 MiB. Throws Error naming it.
PlainJson read_plain_json(const std::filesystem::path& path);
/// Writes atomically, indented by two, with a final newline.
void write_plain_json(const std::filesystem::path& path, const PlainJson& value);

}  // namespace zoo
