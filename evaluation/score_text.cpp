#include "evaluation/score_text.h"

#include <utf8proc.h>

#include "base/utf8.h"

namespace zoo {
namespace {

bool is_cased(char32_t c) {
  const auto point = static_cast<utf8proc_int32_t>(c);
  return utf8proc_tolower(point) != point || utf8proc_toupper(point) != point;
}

}  // namespace

bool is_python_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

std::vector<std::string> words_between_spaces(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const char* at = text.data();
  for (const char* end = at + text.size(); at < end;) {
    const auto point = next_code_point(at, end);
    if (!is_python_space(point)) {
      append_utf8(word, point);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string_view without_last_spaces(std::string_view text) {
  std::size_t ends = 0;  // behind the last character that is no space
  const char *first = text.data(), *at = first;
  for (const char* end = first + text.size(); at < end;) {
    if (!is_python_space(next_code_point(at, end))) ends = static_cast<std::size_t>(at - first);
  }
  return text.substr(0, ends);
}

std::string lower_case(std::string_view text) {
  std::string out;
  const char* at = text.data();
  const char* end = at + text.size();
  bool after_cased = false;
  while (at < end) {
    const auto point = next_code_point(at, end);
    if (point == U'Σ') {
      const char* next = at;
      const bool ends = after_cased && (at == end || !is_cased(next_code_point(next, end)));
      append_utf8(out, ends ? U'ς' : U'σ');
    } else if (point == U'İ') {
      out += "i\u0307";
    } else {
      append_utf8(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(point))));
    }
    after_cased = is_cased(point);
  }
  return out;
}

}  // namespace zoo
