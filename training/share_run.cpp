#include "training/share_run.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

std::string as_text(const Json& json) {
  const auto bytes = Json::to_cbor(json);  // JSON itself cannot hold a file's bytes
  return {bytes.begin(), bytes.end()};
}

void check_shareable(const RunOptions& options, std::int64_t processes) {
  const auto rows = options.training.batch_size;
  if (rows % processes != 0) {
    const auto less = rows / processes * processes, more = less + processes;
    fail_usage("--batch-size: {} rows are no whole number for each of {} processes; take {}", rows, processes,
               less > 0 ? fmt::format("{} or {}", less, more) : std::to_string(more));
  }
  const auto& data = options.data;
  for (const auto* files : {&data.input, &data.valid, &data.source, &data.target}) {
    if (std::find(files->begin(), files->end(), "-") != files->end()) {
      fail_usage("--input -: {} processes cannot all read one standard input; give a file", processes);
    }
  }
}

}  // namespace

void share_options(RunOptions& options, ProcessGroup& group) {
  Json sections;
  if (group.leads()) {
    sections = options.kept();
    auto sitting = options.sitting;
    sections["training"].update(fields_of(sitting).to_json());
    sections["tokenizer"] = fields_of(options.tokenizer).to_json();
  }
  sections = Json::parse(group.from_leader(sections.dump()));
  if (!group.leads()) options.read_config(sections, "rank 0");
  check_shareable(options, group.processes());
}

void tell_run(ProcessGroup& group, const std::optional<RunFolder>& run) {
  Json told;
  if (run) {
    told = {{"config", run->config()}, {"files", Json::object()}};
    if (fs::is_directory(run->tokenizer_folder())) {
      for (const auto& entry : fs::recursive_directory_iterator(run->tokenizer_folder())) {
        if (!entry.is_regular_file()) continue;
        const auto content = read_file(entry.path());
        told["files"][entry.path().lexically_relative(run->path()).string()] =
            Json::binary({content.begin(), content.end()});
      }
    }
  }
  group.from_leader(as_text(told));
}

std::optional<RunFolder> take_run(ProcessGroup& group, const fs::path& scratch) {
  const auto told = Json::from_cbor(group.from_leader(""));
  if (told.is_null()) return std::nullopt;
  auto run = RunFolder::create(scratch);
  for (const auto& [name, content] : told.at("files").items()) {
    const auto file = (scratch / name).lexically_normal();
    if (file.lexically_relative(scratch).string().starts_with("..")) {
      fail("rank 0: sent the file {}, which is not in a run", name);
    }
    make_folder(file.parent_path());
    const auto& bytes = content.get_binary();
    write_file_atomically(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  run.write_config(told.at("config"));
  return run;
}

}  // namespace zoo
