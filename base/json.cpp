#include "base/json.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace zoo {

Json parse_json(std::string_view text, std::string_view origin) {
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
