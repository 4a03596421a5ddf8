#include "evaluation/text_table.h"

#include <charconv>
#include <cmath>

#include "base/error.h"

namespace zoo {

namespace {

std::string_view without_outer_spaces(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r";
  const auto first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

}  // namespace

void for_each_text_line(std::string_view text, const std::filesystem::path& file,
                        const std::function<void(std::string_view line, std::int64_t number)>& visit) {
  if (text.find('\0') != std::string_view::npos) fail("{}: is binary, a text file was expected", file.string());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::int64_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = without_outer_spaces(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (!line.empty()) visit(line, number);
  }
}

std::vector<std::string_view> split_columns(std::string_view line) {
  const bool tabs = line.find('\t') != std::string_view::npos;
  const bool commas = !tabs && line.find(',') != std::string_view::npos;
  const char separator = tabs ? '\t' : commas ? ',' : ' ';
  std::vector<std::string_view> columns;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(separator, begin), line.size());
    const std::string_view column = without_outer_spaces(line.substr(begin, end - begin));
    if (tabs || commas || !column.empty()) columns.push_back(column);
    begin = end + 1;
  }
  return columns;
}

std::optional<double> number_of(std::string_view column) {
  double value = 0;
  const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), value);
  if (error != std::errc{} || end != column.data() + column.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace zoo
