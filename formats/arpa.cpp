#include "formats/arpa.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "base/error.h"

namespace zoo {

namespace {

constexpr int kLinesBeforeData = 1000;  // some programs put remarks there
constexpr double kRounding = 1e-4;      // by which a logarithm may lie above 0

bool is_gap(char letter) { return letter == ' ' || letter == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (is_gap(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  while (!text.empty() && is_gap(text.front())) text.remove_prefix(1);
  return text;
}

/// What an error may show of a foreign file: a few printable letters.
std::string shown(std::string_view text) {
  std::string result;
  for (const char letter : text.substr(0, 60)) {
    result += static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F ? '?' : letter;
  }
  return text.size() > 60 ? result + "…" : result;
}

std::optional<double> number_of(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace

ArpaFile::ArpaFile(const std::filesystem::path& path) : path_(path), file_(path), rest_(file_.text()) {
  for (const std::string_view magic : {"\x1f\x8b", "PK\x03\x04",
                                       "\xFD"
                                       "7zXZ",
                                       "BZh"}) {
    if (rest_.starts_with(magic)) fail("{}: is packed; unpack it first", path_.string());
  }
  read_header();
}

void ArpaFile::fail_at(std::uint64_t line, std::string_view what) const {
  fail("{}: line {}: {}", path_.string(), line, what);
}

bool ArpaFile::next_line(std::string_view& line) {
  if (rest_.empty()) return false;
  const auto end = std::min(rest_.find('\n'), rest_.size());
  line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  ++line_;
  return true;
}

std::string_view ArpaFile::next_line_with_text(std::string_view expected) {
  std::string_view line;
  while (next_line(line)) {
    line = trimmed(line);
    if (!line.empty()) return line;
  }
  fail_at(line_, fmt::format("the file ends here, {} was expected; it is cut short", expected));
}

void ArpaFile::read_header() {
  std::string_view line;
  do {
    if (line_ >= kLinesBeforeData || !next_line(line)) {
      fail("{}: is no ARPA file: it has no line \\data\\", path_.string());
    }
  } while (trimmed(line) != "\\data\\");
  auto rest = rest_;
  auto number = line_;
  while (true) {
    line = next_line_with_text("'ngram 1=…' or '\\1-grams:'");
    if (!line.starts_with("ngram")) break;
    counts_.push_back(count_of(line));
    rest = rest_;
    number = line_;
  }
  if (counts_.empty()) fail_at(line_, fmt::format("'{}' stands where 'ngram 1=…' was expected", shown(line)));
  if (counts_[0] == 0) fail_at(number, "no 1-grams are announced");
  rest_ = rest;
  line_ = number;
}

/// Of "ngram 2=1234", the second such line.
std::uint64_t ArpaFile::count_of(std::string_view line) const {
  const auto length = counts_.size() + 1;
  const auto equals = line.find('=');
  const auto number = [&](std::string_view text) -> std::optional<std::uint64_t> {
    text = trimmed(text);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
  };
  const auto announced = equals == line.npos ? std::nullopt : number(line.substr(equals + 1));
  if (equals == line.npos || number(line.substr(5, equals - 5)) != length || !announced) {
    fail_at(line_, fmt::format("'{}' stands where 'ngram {}=' and a whole number were expected", shown(line), length));
  }
  // The shortest line of k words: a digit, k times a gap and a letter, a line end.
  if (*announced > file_.text().size() / (2 * length + 2)) {
    fail_at(line_, fmt::format("announces {} {}-grams, for which the file of {} bytes has no room", *announced, length,
                               file_.text().size()));
  }
  return *announced;
}

void ArpaFile::read_section(const std::function<void(const ArpaNgram&)>& take) {
  const auto length = static_cast<std::size_t>(++sections_read_);
  const auto header = fmt::format("\\{}-grams:", length);
  const auto first = next_line_with_text(header);
  if (first != header) {
    fail_at(line_, fmt::format("'{}' stands where {} was expected", shown(first), header));
  }
  ArpaNgram ngram;
  const auto announced = counts_[length - 1];
  for (std::uint64_t seen = 0; seen < announced; ++seen) {
    std::string_view line;
    const bool there = next_line(line);
    if (there) line = trimmed(line);
    if (!there || line.empty() || line.starts_with('\\')) {
      fail_at(line_, fmt::format("the {}-grams end here after {} of {}{}", length, seen, announced,
                                 there ? "" : "; the file is cut short"));
    }
    read_ngram(line, ngram);
    take(ngram);
  }
  const bool last = sections_read_ == order();
  const auto next = last ? std::string("\\end\\") : fmt::format("\\{}-grams:", length + 1);
  const auto rest = rest_;
  const auto number = line_;
  const auto following = next_line_with_text(next);
  if (!following.starts_with('\\')) {
    fail_at(line_, fmt::format("more {}-grams than the {} announced", length, announced));
  }
  if (following != next) fail_at(line_, fmt::format("'{}' stands where {} was expected", shown(following), next));
  if (!last) {
    rest_ = rest;
    line_ = number;
  }
}

void ArpaFile::read_ngram(std::string_view line, ArpaNgram& ngram) {
  const auto length = static_cast<std::size_t>(sections_read_);
  fields_.clear();
  for (std::size_t begin = 0; begin < line.size();) {
    auto end = begin;
    while (end < line.size() && !is_gap(line[end])) ++end;
    fields_.push_back(line.substr(begin, end - begin));
    if (fields_.size() > length + 2) break;
    begin = end;
    while (begin < line.size() && is_gap(line[begin])) ++begin;
  }
  const bool may_back_off = sections_read_ < order();
  if (fields_.size() < length + 1 || fields_.size() > length + 1 + (may_back_off ? 1 : 0)) {
    fail_at(line_, fmt::format("'{}' is not a number{} {} word{}{}", shown(line), may_back_off ? "," : " and", length,
                               length == 1 ? "" : "s", may_back_off ? " and a back-off weight" : ""));
  }
  const auto log = [&](std::string_view text, std::string_view what) {
    const auto number = number_of(text);
    if (!number) fail_at(line_, fmt::format("'{}' is no number; the {} was expected", shown(text), what));
    return *number;
  };
  ngram.probability = log(fields_[0], "logarithm of a probability");
  if (ngram.probability > kRounding) {
    fail_at(line_, fmt::format("{} is the logarithm of no probability, it is above 0", shown(fields_[0])));
  }
  ngram.probability = std::min(0.0, ngram.probability);
  ngram.back_off.reset();
  if (fields_.size() == length + 2) ngram.back_off = log(fields_.back(), "logarithm of a back-off weight");
  ngram.words = std::span<const std::string_view>(fields_).subspan(1, length);
  ngram.line = line_;
}

ArpaWriter::ArpaWriter(const std::filesystem::path& path, std::vector<std::uint64_t> counts)
    : path_(path), file_(path), counts_(std::move(counts)) {
  file_.write("\\data\\\n");
  for (std::size_t i = 0; i < counts_.size(); ++i) file_.write(fmt::format("ngram {}={}\n", i + 1, counts_[i]));
}

void ArpaWriter::begin_section() {
  end_section();
  file_.write(fmt::format("\n\\{}-grams:\n", ++section_));
}

void ArpaWriter::end_section() {
  if (section_ > 0 && written_ != counts_[section_ - 1]) {
    fail("{}: {} {}-grams were written, {} announced", path_.string(), written_, section_, counts_[section_ - 1]);
  }
  written_ = 0;
}

void ArpaWriter::write(float probability, std::span<const std::string_view> words, std::optional<float> back_off) {
  line_.clear();
  fmt::format_to(std::back_inserter(line_), "{}", probability);
  char gap = '\t';
  for (const auto word : words) {
    line_ += gap;
    line_ += word;
    gap = ' ';
  }
  if (back_off) fmt::format_to(std::back_inserter(line_), "\t{}", *back_off);
  line_ += '\n';
  file_.write(line_);
  ++written_;
}

void ArpaWriter::commit() {
  end_section();
  if (section_ != counts_.size()) {
    fail("{}: {} sections were written, {} announced", path_.string(), section_, counts_.size());
  }
  file_.write("\n\\end\\\n");
  file_.commit();
}

}  // namespace zoo
