#include "data/corpus_cache.h"

#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"

namespace zoo {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

struct FileState {
  std::uint64_t size;
  std::int64_t modified;  // nanoseconds
};

FileState state_of(const TextFile& file) {
  struct stat status {};
  if (::stat(file.path.c_str(), &status) != 0) fail("{}: cannot read; was it removed meanwhile?", file.name);
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec};
}

/// What content_hash() remembers of one list of files: an array of {path, size, modified, hashed, sha256}.
Json read_remembered(const std::filesystem::path& file, std::size_t files) {
  try {
    if (std::filesystem::exists(file)) {
      auto remembered = read_json(file);
      if (remembered.is_array() && remembered.size() == files) return remembered;
    }
  } catch (const Error&) {
    // Damaged: the hashes are taken anew.
  }
  return nullptr;
}

bool still_true(const Json& entry, const FileState& state) {
  // A change within the clock's grain after hashing would leave the same time: two seconds are safe everywhere.
  return entry.is_object() && entry.value("size", Json()) == state.size &&
         entry.value("modified", Json()) == state.modified && entry.value("sha256", Json()).is_string() &&
         entry.value("hashed", std::int64_t{0}) > state.modified + 2 * kSecond;
}

std::unique_ptr<FileLock> lock_of(const std::filesystem::path& path) {
  try {
    return std::make_unique<FileLock>(path);
  } catch (const Error& error) {
    fail("{}; encoded texts are kept there: set ZOO_CACHE to a folder that can be written", error.what());
  }
}

}  // namespace

std::filesystem::path corpus_cache_folder(const std::filesystem::path& given) {
  std::filesystem::path folder = given;
  if (folder.empty()) folder = environment("ZOO_CACHE");
  if (folder.empty() && !environment("XDG_CACHE_HOME").empty()) {
    folder = std::filesystem::path(environment("XDG_CACHE_HOME")) / "langzoo" / "corpora";
  }
  if (folder.empty() && !environment("HOME").empty()) {
    folder = std::filesystem::path(environment("HOME")) / ".cache" / "langzoo" / "corpora";
  }
  if (folder.empty()) fail("there is no folder for encoded texts: HOME is not set; set ZOO_CACHE to a folder");
  try {
    make_folder(folder);
  } catch (const Error& error) {
    fail("{}; set ZOO_CACHE to another folder", error.what());
  }
  return folder;
}

std::string content_hash(const std::vector<TextFile>& files, const std::filesystem::path& folder) {
  std::string names;
  for (const auto& file : files) names += std::filesystem::absolute(file.path).string() + '\n';
  const auto sidecar = folder / (sha256(names).substr(0, 24) + ".inputs.json");
  const auto remembered = read_remembered(sidecar, files.size());
  auto now = Json::array();
  bool changed = false;
  std::string all;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto state = state_of(files[i]);
    if (!remembered.is_null() && still_true(remembered[i], state)) {
      now.push_back(remembered[i]);
    } else {
      struct timespec clock {};
      ::clock_gettime(CLOCK_REALTIME, &clock);
      const auto hashed = std::int64_t{clock.tv_sec} * kSecond + clock.tv_nsec;
      now.push_back({{"path", files[i].path.string()},
                     {"size", state.size},
                     {"modified", state.modified},
                     {"hashed", hashed},
                     {"sha256", sha256_of_file(files[i].path)}});
      changed = true;
    }
    all += now.back()["sha256"].get<std::string>() + '\n';
  }
  try {
    if (changed) write_json(sidecar, now);
  } catch (const Error&) {
    // Only time is lost: the hashes are taken anew the next time.
  }
  return sha256(all);
}

std::vector<Corpus> open_or_build(const std::filesystem::path& folder, const std::string& key,
                                  const std::vector<std::string>& suffixes,
                                  const std::function<void(const std::vector<std::filesystem::path>&)>& build) {
  std::vector<std::filesystem::path> files;
  for (const auto& suffix : suffixes) files.push_back(folder / (key + suffix + ".corpus"));
  const auto try_open = [&](bool warn) -> std::optional<std::vector<Corpus>> {
    std::vector<Corpus> corpora;
    for (const auto& file : files) {
      if (!std::filesystem::exists(file)) return std::nullopt;
      try {
        corpora.push_back(Corpus::open(file));
      } catch (const Error& error) {
        if (warn) log_warning(fmt::format("{} (done now)", error.what()));
        return std::nullopt;
      }
    }
    return corpora;
  };
  if (auto corpora = try_open(false)) return *corpora;
  const auto lock = lock_of(folder / (key + ".lock"));
  if (auto corpora = try_open(true)) return *corpora;
  build(files);
  std::vector<Corpus> corpora;
  for (const auto& file : files) corpora.push_back(Corpus::open(file));
  return corpora;
}

}  // namespace zoo
