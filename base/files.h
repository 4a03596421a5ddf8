#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace zoo {

/// What stands at a path, links followed; nothing is file_type::not_found. Throws Error where that may not be seen.
std::filesystem::file_status status_of(const std::filesystem::path& path);

/// The whole file. Throws Error if it is missing, unreadable or longer than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = std::uint64_t{1} << 40);

/// Writes beside the target, flushes to disk, renames over it: a reader sees the old file or the new one.
/// Throws Error (disk full, no permission) and leaves the old file as it was.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

/// Appends by one write, so that lines of several processes stay whole. Throws Error (disk full, no permission).
void append_to_file(const std::filesystem::path& path, std::string_view bytes);

/// A file written piece by piece that appears under its name only at commit(); dropped without it, nothing remains.
/// Through a link its target is written. What is no file (/dev/null, a pipe) is written to as it is.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  std::uint64_t position() const { return position_; }
  /// Overwrites bytes already written (a header whose numbers are known last).
  void write_at(std::uint64_t offset, const void* data, std::size_t bytes);
  void commit();

 private:
  void make_temporary();
  void put(std::string_view rest);
  void flush();
  void fail_write() const;
  std::filesystem::path path_, target_, temporary_;  // no temporary_: written to as it is
  std::string buffer_;
  std::uint64_t position_ = 0;
  int descriptor_ = -1;
};

/// A file mapped read-only; pages come from disk when touched. Throws Error for what is no file, such as a pipe.
class MappedFile {
 public:
  MappedFile() = default;
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
  std::string_view text() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Flushes a file's or folder's entry to disk, so that a rename survives a power cut.
void flush_to_disk(const std::filesystem::path& path);

/// Creates the folder and those above it. Throws Error naming it.
void make_folder(const std::filesystem::path& path);

/// $TMPDIR, else /tmp. Throws Error where it is no folder.
std::filesystem::path place_for_temporary_files();

/// A folder below the system's temporary one, removed with all it holds at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  /// Inside `parent`, for what is to be renamed into place.
  explicit TemporaryFolder(const std::filesystem::path& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Only one process at a time holds the lock of a path; others wait. Released at the end or when the process dies.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace zoo
