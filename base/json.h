#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace zoo {

/// Keys keep the order in which they were written, so that a saved config reads like the options' list.
using Json = nlohmann::ordered_json;

/// Whether lists and objects stand more than 1,000 deep in one another. No file of ours is so; walking such a value
/// would overrun the stack.
bool is_nested_too_deep(std::string_view json);

/// Parses text; `origin` (a file, an option) is named in the error.
Json parse_json(std::string_view text, std::string_view origin);

/// Reads a file of at most 64 MiB. Throws Error naming the file and, for a syntax error, the line.
Json read_json(const std::filesystem::path& path);

/// Writes atomically, indented by two, with a final newline.
void write_json(const std::filesystem::path& path, const Json& value);

}  // namespace zoo
