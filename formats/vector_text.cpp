#include "formats/vector_text.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

namespace zoo {
namespace {

bool is_gap(char letter) { return letter == ' ' || letter == '\t'; }

std::string_view without_end_gaps(std::string_view line) {
  while (!line.empty() && (is_gap(line.back()) || line.back() == '\r')) line.remove_suffix(1);
  return line;
}

/// The last field of a line without gaps at its end; `line` keeps what stands before it, gap included.
std::string_view take_last_field(std::string_view& line) {
  auto start = line.size();
  while (start > 0 && !is_gap(line[start - 1])) --start;
  const auto field = line.substr(start);
  line = line.substr(0, start);
  return field;
}

}  // namespace

std::optional<float> parse_float(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::strtof(std::string(text).c_str(), nullptr);  // 0 or infinity
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::optional<std::string_view> parse_vector_line(std::string_view line, std::size_t dimension,
                                                  std::vector<float>& numbers) {
  const auto before = numbers.size();
  line = without_end_gaps(line);
  for (std::size_t i = 0; i < dimension; ++i) {
    const auto number = parse_float(take_last_field(line));
    if (!number || line.empty()) {
      numbers.resize(before);
      return std::nullopt;
    }
    numbers.push_back(*number);
    line = i + 1 < dimension ? without_end_gaps(line) : line.substr(0, line.size() - 1);
  }
  std::reverse(numbers.begin() + static_cast<std::ptrdiff_t>(before), numbers.end());
  return line;
}

std::size_t trailing_numbers(std::string_view line) {
  line = without_end_gaps(line);
  std::size_t count = 0;
  while (parse_float(take_last_field(line)) && !line.empty()) {
    ++count;
    line = without_end_gaps(line);
    if (line.empty()) break;
  }
  return count;
}

std::string_view take_line(std::string_view& text, bool& whole) {
  const auto end = text.find('\n');
  whole = end != std::string_view::npos;
  auto line = text.substr(0, end);
  text.remove_prefix(whole ? end + 1 : text.size());
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::optional<VectorHeader> parse_vector_header(std::string_view line) {
  line = without_end_gaps(line);
  if (line.size() > 64) return std::nullopt;
  VectorHeader header{};
  const auto* end = line.data() + line.size();
  const auto first = std::from_chars(line.data(), end, header.words);
  if (first.ec != std::errc() || first.ptr == end || !is_gap(*first.ptr)) return std::nullopt;
  const auto* start = std::find_if_not(first.ptr, end, is_gap);
  const auto second = std::from_chars(start, end, header.dimension);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return header;
}

}  // namespace zoo
