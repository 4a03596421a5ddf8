#include "base/json.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace zoo {

bool is_nested_too_deep(std::string_view json) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char letter = json[i];
    if (letter == '"') quoted = !quoted;
    if (quoted) {
      i += letter == '\\';
      continue;
    }
    if (letter == '[' || letter == '{') ++depth;
    if (letter == ']' || letter == '}') --depth;
    if (depth > 1000) return true;
  }
  return false;
}

Json parse_json(std::string_view text, std::string_view origin) {
  if (is_nested_too_deep(text)) fail("{}: nested more than 1000 deep; is it another program's file?", origin);
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    const auto end = std::min(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    fail("{}: line {}: not valid JSON; mend it or remove the file", origin, line);
  } catch (const nlohmann::json::exception&) {
    fail("{}: not valid JSON: a number is too large; mend it or remove the file", origin);
  }
}

Json read_json(const std::filesystem::path& path) { return parse_json(read_file(path, 64 << 20), path.string()); }

void write_json(const std::filesystem::path& path, const Json& value) {
  write_file_atomically(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace zoo
