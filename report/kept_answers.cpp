#include "report/kept_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/process.h"

namespace zoo {

namespace fs = std::filesystem;

KeptAnswers::KeptAnswers(fs::path file) : file_(std::move(file)) {
  if (fs::exists(file_)) kept_ = read_json(file_);
  if (!kept_.is_object()) fail("{}: not the answers that zoo compare keeps; move it away", file_.string());
}

Json KeptAnswers::ask(const std::string& program, const std::vector<std::string>& words, const std::string& key) {
  const auto path = executable_folder() / program;
  if (!fs::exists(path)) fail("{}: is missing; build it anew", path.string());
  const auto made = fs::last_write_time(path).time_since_epoch().count();
  const auto full_key = sha256(fmt::format("{} {} {} {}", program, made, fmt::join(words, "\n"), key));
  if (const auto found = kept_.find(full_key); found != kept_.end()) return *found;
  std::vector<std::string> call = {path.string()};
  call.insert(call.end(), words.begin(), words.end());
  call.emplace_back("--json");
  const auto result = run_process(call);
  if (result.exit_status == 130 || interrupted()) throw Interrupted("stopped; the same command goes on from here");
  if (result.exit_status != 0) fail("{} ended with exit status {}", program, result.exit_status);
  kept_[full_key] = parse_json(result.output, program + " --json");
  write_json(file_, kept_);
  return kept_[full_key];
}

}  // namespace zoo
