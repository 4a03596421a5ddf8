#include "data/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "base/error.h"
#include "base/files.h"

namespace zoo {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

[[noreturn]] void fail_damaged(const std::filesystem::path& path, archive* reader) {
  const char* reason = archive_error_string(reader);
  std::string text = reason == nullptr ? "it cannot be read" : reason;
  std::replace(text.begin(), text.end(), '\n', ' ');
  fail("{}: not a whole archive (.tgz, .tar, .zip, .whl): {}; fetch it again", path.string(), text);
}

Reader open_archive(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) fail("{}: no such archive", path.string());
  Reader reader(archive_read_new(), &archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), 1 << 16) != ARCHIVE_OK) fail_damaged(path, reader.get());
  return reader;
}

/// Throws if following the name could lead out of the folder it is unpacked into.
void check_name(const std::filesystem::path& path, const std::string& name) {
  const std::filesystem::path inside(name);
  const bool leaves = std::find(inside.begin(), inside.end(), "..") != inside.end();
  if (name.empty() || inside.is_absolute() || leaves || name.find('\0') != std::string::npos) {
    fail("{}: holds the name \"{}\", which leads out of the archive; nothing of it was used", path.string(), name);
  }
}

/// Writes the entry the reader stands at; gives its bytes.
std::uint64_t write_entry(const std::filesystem::path& path, archive* reader, const std::filesystem::path& target,
                          std::uint64_t room) {
  AtomicFile file(target);
  while (true) {
    const void* piece = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const auto status = archive_read_data_block(reader, &piece, &size, &offset);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK) fail_damaged(path, reader);
    if (static_cast<std::uint64_t>(offset) != file.position()) fail("{}: holds a sparse file", path.string());
    if (size > room - file.position()) fail("{}: unpacks to more than 1 GiB, which no dataset does", path.string());
    file.write(piece, size);
  }
  const auto written = file.position();
  file.commit();
  return written;
}

}  // namespace

bool is_archive(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string head(262, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  return head.starts_with("\x1f\x8b") || head.starts_with("PK\x03\x04") || head.substr(257, 5) == "ustar";
}

std::size_t unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& folder,
                           const std::function<bool(std::string_view name)>& wanted) {
  const auto reader = open_archive(archive);
  std::size_t count = 0;
  std::uint64_t total = 0;
  while (true) {
    archive_entry* entry = nullptr;
    const auto status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail_damaged(archive, reader.get());
    const char* text = archive_entry_pathname(entry);
    if (text == nullptr) text = archive_entry_pathname_utf8(entry);
    const std::string name = text == nullptr ? "" : text;
    check_name(archive, name);
    if (!wanted(name)) continue;
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) {
      fail("{}: \"{}\" in it is not a plain file", archive.string(), name);
    }
    total += write_entry(archive, reader.get(), folder / std::filesystem::path(name).filename(), kMostBytes - total);
    ++count;
  }
  return count;
}

}  // namespace zoo
