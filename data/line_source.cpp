#include "data/line_source.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/utf8.h"

namespace zoo {
namespace {

constexpr std::size_t kBlockBytes = 1 << 20;
constexpr std::size_t kLongestLine = 16 << 20;

/// gzread gives plain files as they are.
class ByteFile {
 public:
  explicit ByteFile(const TextFile& file) : name_(file.name), handle_(gzopen(file.path.c_str(), "rb")) {
    if (handle_ == nullptr) fail("{}: cannot open: {}", name_, std::strerror(errno));
    gzbuffer(handle_, 1 << 17);
  }
  ~ByteFile() { gzclose_r(handle_); }
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;

  /// Fewer bytes than asked for only at the end.
  std::size_t read(char* data, std::size_t bytes) {
    const int got = gzread(handle_, data, static_cast<unsigned>(bytes));
    int error = Z_OK;
    const char* message = gzerror(handle_, &error);
    if (error == Z_BUF_ERROR) fail("{}: the gzip data are cut short; copy the file again", name_);
    if (error == Z_ERRNO) fail("{}: cannot read: {}", name_, std::strerror(errno));
    if (got < 0 || error < 0) fail("{}: the gzip data are damaged ({}); copy the file again", name_, message);
    return static_cast<std::size_t>(got);
  }
  std::uint64_t position() const {
    const auto offset = gzoffset(handle_);
    return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
  }

 private:
  std::string name_;
  gzFile handle_;
};

}  // namespace

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

struct LineSource::State {
  std::vector<TextFile> files;
  std::size_t next_file = 0;
  std::unique_ptr<ByteFile> open;
  bool at_start = false;     // of the open file
  std::int64_t line = 1;     // the number of the next line
  std::uint64_t before = 0;  // bytes of the files before the open one
  std::string rest;          // the beginning of a line whose end has not been read

  /// Fills `text` with complete lines of the open file; true unless nothing is left.
  bool fill(std::string& text);
  void check(const TextBlock& block) const;
  std::string_view name() const { return files[next_file - 1].name; }
};

bool LineSource::State::fill(std::string& text) {
  text.swap(rest);
  rest.clear();
  while (true) {
    const auto had = text.size();
    if (had > kLongestLine) {
      fail("{}: line {} is longer than 16 MiB; is it text? Break it into lines, one sentence or paragraph each", name(),
           line);
    }
    text.resize(had + kBlockBytes);
    const auto got = open->read(text.data() + had, kBlockBytes);
    text.resize(had + got);
    if (at_start) {
      at_start = false;
      const std::string_view view = text;
      if (view.starts_with("\xFF\xFE") || view.starts_with("\xFE\xFF")) {
        fail("{}: is UTF-16, not UTF-8; convert it: iconv -f utf-16 -t utf-8", name());
      }
      if (view.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    }
    if (got < kBlockBytes) return !text.empty();  // the file's end: its last line may lack one
    const auto* newline = static_cast<const char*>(::memrchr(text.data() + had, '\n', text.size() - had));
    if (newline == nullptr) continue;
    const auto complete = static_cast<std::size_t>(newline - text.data()) + 1;
    rest.assign(text, complete);
    text.resize(complete);
    return true;
  }
}

void LineSource::State::check(const TextBlock& block) const {
  const std::string_view text = block.text;
  const auto where = [&](std::size_t byte) {
    const auto lines = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte), '\n');
    const auto start = byte == 0 ? std::string_view::npos : text.rfind('\n', byte - 1);
    return std::pair(block.first_line + lines, byte - (start == std::string_view::npos ? 0 : start + 1) + 1);
  };
  const auto nul = text.find('\0');
  const auto invalid = find_invalid_utf8(text);
  if (nul != std::string_view::npos) {
    const auto [line_number, byte] = where(nul);
    fail("{}: line {}, byte {}: is a NUL byte; this is a binary file, not text", name(), line_number, byte);
  }
  if (invalid != std::string_view::npos) {
    const auto [line_number, byte] = where(invalid);
    fail("{}: line {}, byte {}: 0x{:02X} is not UTF-8; convert the text, for example iconv -f latin1 -t utf-8", name(),
         line_number, byte, static_cast<unsigned char>(text[invalid]));
  }
}

LineSource::LineSource(std::vector<TextFile> files) : state_(std::make_unique<State>()) {
  state_->files = std::move(files);
}
LineSource::~LineSource() = default;
LineSource::LineSource(LineSource&&) noexcept = default;

bool LineSource::next(TextBlock& block) {
  auto& state = *state_;
  while (true) {
    if (state.open == nullptr) {
      if (state.next_file == state.files.size()) return false;
      state.open = std::make_unique<ByteFile>(state.files[state.next_file++]);
      state.at_start = true;
      state.line = 1;
    }
    if (state.fill(block.text)) break;
    state.before += state.files[state.next_file - 1].size;
    state.open.reset();
  }
  block.file = state.next_file - 1;
  block.first_line = state.line;
  block.lines.clear();
  state.check(block);
  const char* const begin = block.text.data();
  const char* const end = begin + block.text.size();
  for (const char* at = begin; at < end;) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    const char* stop = newline == nullptr ? end : newline;
    const char* next = newline == nullptr ? end : newline + 1;
    if (stop > at && stop[-1] == '\r') --stop;
    if (static_cast<std::size_t>(stop - at) > kLongestLine) {
      fail("{}: line {} is longer than 16 MiB; is it text? Break it into lines, one sentence or paragraph each",
           state.name(), state.line);
    }
    block.lines.push_back({static_cast<std::uint32_t>(at - begin), static_cast<std::uint32_t>(stop - at), -1});
    at = next;
    ++state.line;
  }
  return true;
}

std::uint64_t LineSource::bytes_read() const {
  return state_->before + (state_->open == nullptr ? 0 : state_->open->position());
}

}  // namespace zoo
