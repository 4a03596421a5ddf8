#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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
    const auto object = Json::parse(line, nullptr, false);
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
  const auto text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const int descriptor = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const auto put = descriptor < 0 ? -1 : ::write(descriptor, text.data(), text.size());
  const std::string reason = put < 0 ? std::strerror(errno) : "the disk is full";
  if (descriptor >= 0) ::close(descriptor);
  if (put != static_cast<ssize_t>(text.size())) {
    fail("{}: cannot write: {}; free some space or choose another place", file_.string(), reason);
  }
}

std::vector<Json> MetricsLog::read(const std::filesystem::path& file) {
  std::vector<Json> lines;
  each_line(read_if_there(file), file, [&](std::string_view, const Json& object) { lines.push_back(object); });
  return lines;
}

}  // namespace zoo
