#include "base/error.h"
#include "base/files.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

/// Calls visit(line, object) for each whole line; a last line without its end, or that is no JSON, is left out.
template <class Visit>
void each_line(std::string_view text, const std::filesystem::path& file, Visit&& visit) {
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return;
    const auto line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    if (line == "\n" || line == "\r\n") continue;
    const auto object = is_nested_too_deep(line) ? Json() : Json::parse(line, nullptr, false);
    if (!object.is_object()) {
      if (text.empty()) return;
      fail("{}: line {} is no JSON object; remove that line", file.string(), number);
    }
    visit(line, object);
  }
}

std::string read_if_there(const std::filesystem::path& file) {
  return std::filesystem::exists(file) ? read_file(file) : "";
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& file, std::optional<std::int64_t> keep_steps) : file_(file) {
  const auto text = read_if_there(file);
  std::string kept;
  each_line(text, file, [&](std::string_view line, const Json& object) {
    const auto step = object.value("step", Json());
    if (!keep_steps || !step.is_number() || step.get<double>() <= static_cast<double>(*keep_steps)) kept += line;
  });
  if (kept != text) write_file_atomically(file, kept);
}

void MetricsLog::write(const Json& line) {
  append_to_file(file_, line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<Json> MetricsLog::read(const std::filesystem::path& file) {
  std::vector<Json> lines;
  each_line(read_if_there(file), file, [&](std::string_view, const Json& object) { lines.push_back(object); });
  return lines;
}

}  // namespace zoo
