#include "runs/run_folder.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/files.h"
#include "runs/run_links.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// What a run's folder may hold at its top; nothing else is ever removed.
constexpr std::array kOwnEntries = {"config.json", "tokenizer",   "model.safetensors", "metrics.jsonl",
                                    "state",       "tensorboard", "fine_tuned"};

bool is_own(const fs::path& entry) {
  const auto name = entry.filename().string();
  return std::find(kOwnEntries.begin(), kOwnEntries.end(), name) != kOwnEntries.end() ||
         std::any_of(kOwnEntries.begin(), kOwnEntries.end(),
                     [&](const char* own) { return name.rfind(std::string(own) + ".", 0) == 0; });  // cut-off writes
}

void remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) fail("{}: cannot remove: {}", path.string(), error.message());
}

void move_onto(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail("{}: cannot rename to {}: {}", from.string(), to.filename().string(), error.message());
}

void flush_tree(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) flush_to_disk(entry.path());
  flush_to_disk(folder);
}

/// Whether a link leads out of `folder`, which has no links in it. Where it leads to nothing that is there, writing
/// would make it.
bool leads_out(fs::path link, const fs::path& folder) {
  std::error_code error;
  for (int links = 0; fs::is_symlink(link, error); ++links) {
    if (links == 40) return true;  // in a circle
    const auto target = fs::read_symlink(link, error);
    link = target.is_absolute() ? target : link.parent_path() / target;
  }
  const auto end_of_link = fs::weakly_canonical(link, error);
  return error ||
         std::mismatch(folder.begin(), folder.end(), end_of_link.begin(), end_of_link.end()).first != folder.end();
}

/// What the file `latest` says, without its line end.
std::string latest_name(const fs::path& file) {
  auto name = read_file(file, 4096);
  while (!name.empty() && (name.back() == '\n' || name.back() == '\r')) name.pop_back();
  return name;
}

/// An entry as a text, or nothing where there is none.
std::optional<std::string> text_at(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

}  // namespace

void check_run_links(const fs::path& path) {
  std::error_code error;
  const auto folder = fs::canonical(path, error);
  if (error) return;  // there is nothing yet
  const auto check = [&](const fs::directory_entry& entry) {
    if (!entry.is_symlink(error) || !leads_out(entry.path(), folder)) return;
    fail(
        "{}: is a link that leads out of the run's folder, and this run would be written through it; put a copy in its "
        "place",
        entry.path().string());
  };
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (is_own(entry.path())) check(entry);
  }
  for (const auto* below : {"state", "tensorboard"}) {
    for (const auto& entry : fs::recursive_directory_iterator(path / below, error)) check(entry);
  }
}

bool RunFolder::is_run(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "config.json", error);
}

RunFolder RunFolder::open(const fs::path& path) {
  const auto there = status_of(path);
  if (!exists(there)) fail("{}: no such run folder", path.string());
  if (!is_directory(there)) fail("{}: is a file, a run's folder was expected", path.string());
  if (!is_regular_file(status_of(path / "config.json"))) {
    fail("{}: is no run, it has no config.json; give the folder that zoo train or zoo import wrote", path.string());
  }
  RunFolder run(path);
  run.config();
  return run;
}

RunFolder RunFolder::create(const fs::path& path, bool replace) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error)) {
    fail("{}: is a file; give a folder for the run", path.string());
  }
  make_folder(path);
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (!is_own(entry.path())) {
      fail("{}: holds '{}', which belongs to no run; choose a new or empty folder", path.string(),
           entry.path().filename().string());
    }
  }
  if (error) fail("{}: cannot read this folder: {}", path.string(), error.message());
  if (is_run(path)) {
    if (!replace)
      fail("{}: holds a run already; choose another folder, or --resume to go on training it", path.string());
    fs::remove(path / "config.json");  // first: what is left is no run any more
    for (const auto* entry : kOwnEntries) remove_tree(path / entry);
  }
  check_run_links(path);
  return RunFolder(path);
}

Json RunFolder::config() const {
  const auto file = config_file().string();
  auto config = read_json(config_file());
  const auto version = config.is_object() ? config.find("format_version") : config.end();
  if (version == config.end() || !version->is_number_integer()) {
    fail("{}: is no run's config, it has no format_version; is the folder of another program?", file);
  }
  if (*version != kRunFormatVersion) {
    fail("{}: format_version {} is not known here (this zoo knows {}); use the zoo that wrote it", file,
         version->dump(), kRunFormatVersion);
  }
  if (!text_at(config.value("model", Json()), "kind")) fail("{}: model.kind is missing; is the file damaged?", file);
  return config;
}

void RunFolder::write_config(const Json& config) {
  check_run_links(path_);
  write_json(config_file(), config);
}

void RunFolder::write_outcome(const Json& outcome) {
  auto changed = config();
  changed["outcome"] = outcome;
  write_config(changed);
}

std::string RunFolder::model_kind() const { return *text_at(config().at("model"), "kind"); }

std::optional<fs::path> RunFolder::latest_state() const {
  const auto file = path_ / "state" / "latest";
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  const auto name = latest_name(file);
  const auto state = path_ / "state" / name;
  if (name.empty() || name.find('/') != std::string::npos || name[0] == '.' || !fs::is_directory(state, error)) {
    fail("{}: names the state '{}', which is not there; train anew without --resume", file.string(), name);
  }
  return state;
}

void RunFolder::save_state(std::int64_t step, const std::function<void(const fs::path&)>& write) {
  check_run_links(path_);
  const auto states = path_ / "state";
  const auto name = std::to_string(step), stand_in = name + "-before";
  make_folder(states);
  const auto point_to = [&](const std::string& target) { write_file_atomically(states / "latest", target + "\n"); };

  const TemporaryFolder fresh(states);
  const auto written = fresh.path() / name;
  make_folder(written);
  write(written);
  flush_tree(written);
  if (fs::exists(states / name)) {  // the same step again: the old state stays reachable under another name
    if (fs::exists(states / "latest") && latest_name(states / "latest") == name) {
      remove_tree(states / stand_in);  // never while `latest` names it, as after a kill in the middle of this
      fs::copy(states / name, states / stand_in, fs::copy_options::recursive);
      flush_tree(states / stand_in);
      point_to(stand_in);
    }
    remove_tree(states / name);
  }
  move_onto(written, states / name);
  flush_to_disk(states);
  point_to(name);
  for (const auto& entry : fs::directory_iterator(states)) {
    const auto& path = entry.path();
    if (path.filename() != name && path.filename() != "latest" && path != fresh.path()) remove_tree(path);
  }
}

bool RunFolder::finished() const {
  const auto outcome = config().value("outcome", Json());
  return outcome.is_object() && outcome.value("finished", Json()) == true;
}

}  // namespace zoo
