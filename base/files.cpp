#include "base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace zoo {
namespace {

constexpr std::size_t kBuffer = 1 << 20;

std::string reason() { return std::strerror(errno); }

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : value_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (value_ < 0) fail("{}: cannot open: {}", path.string(), reason());
  }
  ~Descriptor() { ::close(value_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return value_; }

 private:
  int value_;
};

std::uint64_t size_of_file(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail("{}: cannot read: {}", path.string(), reason());
  if (S_ISDIR(status.st_mode)) fail("{}: is a folder, a file was expected", path.string());
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  Descriptor descriptor(path, O_RDONLY);
  if (size_of_file(descriptor, path) > limit) fail("{}: larger than the {} bytes expected here", path.string(), limit);
  std::string content;
  char piece[1 << 16];
  while (true) {
    const auto got = ::read(descriptor, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("{}: cannot read: {}", path.string(), reason());
    if (got == 0) return content;
    content.append(piece, static_cast<std::size_t>(got));
    if (content.size() > limit) fail("{}: longer than the {} bytes expected here", path.string(), limit);
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  std::string name = path_.string() + ".XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("{}: cannot write: {}", path_.string(), reason());
  temporary_ = name;
  const auto mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor_, 0666 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::fail_write() const {
  fail("{}: cannot write: {}; free some space or choose another place", path_.string(), reason());
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  position_ += bytes;
  if (bytes >= kBuffer) {  // a large piece goes straight to the file, not through a copy of its size
    flush();
    put({static_cast<const char*>(data), bytes});
    return;
  }
  buffer_.append(static_cast<const char*>(data), bytes);
  if (buffer_.size() >= kBuffer) flush();
}

void AtomicFile::put(std::string_view rest) {
  while (!rest.empty()) {
    const auto put = ::write(descriptor_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_write();
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
}

void AtomicFile::flush() {
  put(buffer_);
  buffer_.clear();
}

void AtomicFile::write_at(std::uint64_t offset, const void* data, std::size_t bytes) {
  flush();
  if (::pwrite(descriptor_, data, bytes, static_cast<off_t>(offset)) != static_cast<ssize_t>(bytes)) fail_write();
}

void AtomicFile::commit() {
  flush();
  if (::fsync(descriptor_) != 0) fail_write();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_write();
  ::close(std::exchange(descriptor_, -1));
  flush_to_disk(path_.has_parent_path() ? path_.parent_path() : ".");
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  Descriptor descriptor(path, O_RDONLY);
  size_ = size_of_file(descriptor, path);
  if (size_ == 0) return;
  data_ = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    fail("{}: cannot map into memory: {}", path.string(), reason());
  }
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

void flush_to_disk(const std::filesystem::path& path) {
  Descriptor descriptor(path, O_RDONLY);
  ::fsync(descriptor);
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail("{}: cannot make this folder: {}", path.string(), error.message());
}

TemporaryFolder::TemporaryFolder() : TemporaryFolder(std::filesystem::temp_directory_path()) {}

TemporaryFolder::TemporaryFolder(const std::filesystem::path& parent) {
  std::string name = (parent / ".zoo-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("{}: cannot make a folder here: {}", parent.string(), reason());
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

FileLock::FileLock(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail("{}: cannot open: {}", path.string(), reason());
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno != EINTR) fail("{}: cannot lock: {}", path.string(), reason());
  }
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace zoo
