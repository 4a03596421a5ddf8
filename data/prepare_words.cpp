#include <charconv>
#include <functional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "data/prepare.h"

namespace zoo {
namespace {

constexpr std::uint64_t kLongestList = 16 << 20;

/// Splits at tabs (or at spaces, where the file has them).
std::vector<std::string_view> columns_of(std::string_view line, char separator) {
  std::vector<std::string_view> columns;
  while (true) {
    const auto end = line.find(separator);
    columns.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return columns;
    line.remove_prefix(end + 1);
  }
}

/// Lines that are neither empty nor a comment, without carriage returns; numbered from 1.
void for_each_entry(const std::filesystem::path& path,
                    const std::function<void(std::string_view, std::int64_t)>& visit) {
  const auto content = read_file(path, kLongestList);
  std::int64_t number = 0;
  for (std::size_t start = 0; start < content.size();) {
    const auto end = std::min(content.find('\n', start), content.size());
    auto line = std::string_view(content).substr(start, end - start);
    start = end + 1;
    ++number;
    if (!is_utf8(line)) fail("{}:{}: not UTF-8", path.string(), number);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && line.front() != '#') visit(line, number);
  }
}

}  // namespace

void prepare_questions(const std::filesystem::path& from, const std::filesystem::path& to, std::int64_t questions) {
  const auto path = from / "questions-words.txt";
  std::string result;
  std::int64_t count = 0;
  for_each_entry(path, [&](std::string_view line, std::int64_t number) {
    if (!line.starts_with(": ")) {
      if (columns_of(line, ' ').size() != 4) fail("{}:{}: not four words", path.string(), number);
      ++count;
    }
    result.append(line) += '\n';
  });
  if (count != questions) fail("{}: {} questions, not {}; nothing was kept", path.string(), count, questions);
  write_file_atomically(to / "questions-words.txt", result);
}

void prepare_pairs(const std::filesystem::path& from, const std::string& source, const std::filesystem::path& to,
                   const std::string& target, std::int64_t pairs) {
  const auto path = from / source;
  std::string result;
  std::int64_t count = 0;
  for_each_entry(path, [&](std::string_view line, std::int64_t number) {
    const auto columns = columns_of(line, '\t');
    double score = 0;
    if (columns.size() != 3 || columns[0].empty() || columns[1].empty() ||
        std::from_chars(columns[2].data(), columns[2].data() + columns[2].size(), score).ec != std::errc()) {
      fail("{}:{}: not word, word and score with tabs between", path.string(), number);
    }
    result.append(line) += '\n';
    ++count;
  });
  if (count != pairs) fail("{}: {} pairs, not {}; nothing was kept", path.string(), count, pairs);
  write_file_atomically(to / target, result);
}

}  // namespace zoo
