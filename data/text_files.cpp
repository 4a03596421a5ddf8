#include "data/text_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/files.h"

namespace zoo {
namespace {

/// Copies all of `source` to a temporary file without a name; it goes when the process ends.
int copy_to_temporary(int source, const std::string& name) {
  auto path = (place_for_temporary_files() / ".zoo-input-XXXXXX").string();
  const int copy = ::mkostemp(path.data(), O_CLOEXEC);
  if (copy < 0) fail("{}: cannot keep a copy in {}: {}; set TMPDIR", name, path, std::strerror(errno));
  ::unlink(path.c_str());
  std::vector<char> piece(1 << 18);
  while (true) {
    const auto got = ::read(source, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("{}: cannot read: {}", name, std::strerror(errno));
    if (got == 0) return copy;
    for (ssize_t done = 0; done < got;) {
      const auto put = ::write(copy, piece.data() + done, static_cast<std::size_t>(got - done));
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) fail("{}: cannot keep a copy in {}: {}; set TMPDIR", name, path, std::strerror(errno));
      done += put;
    }
  }
}

/// What can be read only once is kept for the life of the process, by name.
TextFile kept_copy(const std::string& input) {
  static std::mutex mutex;
  static std::map<std::string, int> copies;
  const std::lock_guard lock(mutex);
  const std::string name = input == "-" ? "standard input" : input;
  auto found = copies.find(input);
  if (found == copies.end()) {
    const int source = input == "-" ? STDIN_FILENO : ::open(input.c_str(), O_RDONLY | O_CLOEXEC);
    if (source < 0) fail("{}: cannot open: {}", name, std::strerror(errno));
    found = copies.emplace(input, copy_to_temporary(source, name)).first;
    if (input != "-") ::close(source);
  }
  struct stat status {};
  ::fstat(found->second, &status);
  return {name, fmt::format("/proc/self/fd/{}", found->second), static_cast<std::uint64_t>(status.st_size)};
}

TextFile plain_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) fail("{}: cannot read: {}", path.string(), error.message());
  return {path.string(), path, size};
}

void add_folder(const std::filesystem::path& folder, std::vector<TextFile>& files) {
  std::error_code error;
  std::vector<std::filesystem::path> found;
  auto entry = std::filesystem::recursive_directory_iterator(folder, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().starts_with(".")) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      found.push_back(entry->path());
    }
  }
  if (error) fail("{}: cannot read this folder: {}", folder.string(), error.message());
  if (found.empty()) fail("{}: this folder holds no files", folder.string());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  for (const auto& path : found) files.push_back(plain_file(path));
}

}  // namespace

std::vector<TextFile> expand_inputs(const std::vector<std::string>& inputs) {
  if (inputs.empty()) fail_usage("no text was given; name files, folders or - for standard input (--input FILE…)");
  std::vector<TextFile> files;
  for (const auto& input : inputs) {
    if (input == "-") {
      files.push_back(kept_copy(input));
      continue;
    }
    const auto status = status_of(input);
    if (!std::filesystem::exists(status)) fail("{}: no such file or folder", input);
    if (std::filesystem::is_directory(status)) {
      add_folder(input, files);
    } else if (std::filesystem::is_regular_file(status)) {
      files.push_back(plain_file(input));
    } else {
      files.push_back(kept_copy(input));
    }
  }
  return files;
}

}  // namespace zoo
