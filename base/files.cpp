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

struct stat stat_of_file(int descriptor, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail("{}: cannot read: {}", path.string(), reason());
  if (S_ISDIR(status.st_mode)) fail("{}: is a folder, a file was expected", path.string());
  return status;
}

}  // namespace

std::filesystem::file_status status_of(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::none)
    fail("{}: cannot be reached: {}", path.string(), error.message());
  return status;
}

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  Descriptor descriptor(path, O_RDONLY);
  if (static_cast<std::uint64_t>(stat_of_file(descriptor, path).st_size) > limit)
    fail("{}: larger than the {} bytes expected here", path.string(), limit);
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

void append_to_file(const std::filesystem::path& path, std::string_view bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  const auto put = descriptor < 0 ? -1 : ::write(descriptor, bytes.data(), bytes.size());
  const auto why = put < 0 ? reason() : "the disk is full";
  if (descriptor >= 0) ::close(descriptor);
  if (put != static_cast<ssize_t>(bytes.size())) {
    fail("{}: cannot write: {}; free some space or choose another place", path.string(), why);
  }
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)), target_(path_) {
  const auto there = status_of(path_);
  if (is_directory(there)) fail("{}: cannot write: it is a folder; give a file's name", path_.string());
  if (exists(there)) {
    std::error_code error;
    if (std::filesystem::is_symlink(path_, error)) target_ = std::filesystem::canonical(path_, error);
    if (!is_regular_file(there) || error) {
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else if (::access(path_.c_str(), W_OK) == 0) {
      make_temporary();
    }
  } else {
    make_temporary();
  }
  if (descriptor_ < 0) fail("{}: cannot write: {}; choose another place", path_.string(), reason());
}

void AtomicFile::make_temporary() {
  std::string name = target_.string() + ".XXXXXX";
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) return;
  temporary_ = name;
  const auto mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor_, 0666 & ~mask);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
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
  if (!temporary_.empty()) {
    if (::fsync(descriptor_) != 0) fail_write();
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail_write();
    flush_to_disk(target_.has_parent_path() ? target_.parent_path() : ".");
  }
  ::close(std::exchange(descriptor_, -1));
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  Descriptor descriptor(path, O_RDONLY | O_NONBLOCK);  // a pipe's opening would wait for its writer
  const auto status = stat_of_file(descriptor, path);
  if (!S_ISREG(status.st_mode)) fail("{}: is no file but a pipe or a device; save it to a file first", path.string());
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return;
  data_ = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    fail("{}: cannot map into memory: {}", path.string(), reason());
  }
  size_ = size;
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
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;  // a folder that may be written but not read
  ::fsync(descriptor);
  ::close(descriptor);
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail("{}: cannot make this folder: {}", path.string(), error.message());
}

std::filesystem::path place_for_temporary_files() {
  std::error_code error;
  auto place = std::filesystem::temp_directory_path(error);
  if (error) fail("TMPDIR: names no folder; set it to one for temporary files");
  return place;
}

TemporaryFolder::TemporaryFolder() : TemporaryFolder(place_for_temporary_files()) {}

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
