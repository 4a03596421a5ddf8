#include "tokenizers/byte_bpe_split.h"

#include <vector>

#include "base/utf8.h"
#include "tokenizers/unicode.h"

namespace zoo {
namespace {

enum class Kind { letter, number, space, other, end };

struct Character {
  char32_t code;
  Kind kind;
  std::size_t at;  ///< byte
};

Kind kind_of(char32_t c) {
  if (is_letter(c)) return Kind::letter;
  if (is_number(c)) return Kind::number;
  return is_white_space(c) ? Kind::space : Kind::other;
}

class Splitter {
 public:
  Splitter(std::string_view text, ByteBpeRule rule) : text_(text), gpt2_(rule == ByteBpeRule::gpt2) {
    figures_ = rule == ByteBpeRule::llama3 ? 3 : 1;
    const char* end = text.data() + text.size();
    for (const char* at = text.data(); at < end;) {
      const auto begin = static_cast<std::size_t>(at - text.data());
      const auto code = next_code_point(at, end);
      all_.push_back({code, kind_of(code), begin});
    }
    all_.push_back({0, Kind::end, text.size()});
  }

  void run(const std::function<void(std::string_view)>& emit) const {
    for (std::size_t i = 0; i + 1 < all_.size();) {
      const auto next = end_from(i);
      emit(text_.substr(all_[i].at, all_[next].at - all_[i].at));
      i = next;
    }
  }

 private:
  Kind kind(std::size_t i) const { return all_[i].kind; }
  std::size_t while_kind(std::size_t i, Kind kind) const {
    while (all_[i].kind == kind) ++i;
    return i;
  }
  bool line_end(std::size_t i) const {
    return kind(i) == Kind::space && (all_[i].code == '\n' || all_[i].code == '\r');
  }

  /// Where the part that begins at character i ends.
  std::size_t end_from(std::size_t i) const {
    if (const auto end = contraction(i)) return end;
    return gpt2_ ? gpt2(i) : llama3(i);
  }

  /// The end of 's 't 're 've 'm 'll 'd, or 0.
  std::size_t contraction(std::size_t i) const {
    if (all_[i].code != '\'' || kind(i + 1) != Kind::letter) return 0;
    const auto one = small(all_[i + 1].code), two = kind(i + 2) == Kind::letter ? small(all_[i + 2].code) : U'\0';
    if (one == 's' || one == 't' || one == 'm' || one == 'd') return i + 2;
    if ((one == 'r' && two == 'e') || (one == 'v' && two == 'e') || (one == 'l' && two == 'l')) return i + 3;
    return 0;
  }
  char32_t small(char32_t c) const {
    if (gpt2_) return c;
    if (c == 0x17F) return 's';  // the long s is an s in another case
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  std::size_t gpt2(std::size_t i) const {
    const auto first = all_[i].code == ' ' ? i + 1 : i;
    for (const auto wanted : {Kind::letter, Kind::number, Kind::other}) {
      if (kind(first) == wanted) return while_kind(first, wanted);
    }
    return spaces(i);
  }

  std::size_t llama3(std::size_t i) const {
    if (kind(i) == Kind::letter) return while_kind(i, Kind::letter);
    if (kind(i) != Kind::number && !line_end(i) && kind(i + 1) == Kind::letter) return while_kind(i + 1, Kind::letter);
    if (kind(i) == Kind::number) {
      auto end = i;
      while (end - i < figures_ && kind(end) == Kind::number) ++end;
      return end;
    }
    const auto first = all_[i].code == ' ' ? i + 1 : i;
    if (kind(first) == Kind::other) {
      auto end = while_kind(first, Kind::other);
      while (line_end(end)) ++end;
      return end;
    }
    const auto end = while_kind(i, Kind::space);
    for (auto last = end; last > i; --last) {
      if (line_end(last - 1)) return last;
    }
    return spaces(i);
  }

  /// A run of spaces, but for the last one where a part begins with it.
  std::size_t spaces(std::size_t i) const {
    const auto end = while_kind(i, Kind::space);
    return kind(end) == Kind::end || end == i + 1 ? end : end - 1;
  }

  std::string_view text_;
  bool gpt2_;
  std::size_t figures_;
  std::vector<Character> all_;
};

}  // namespace

void split_for_byte_bpe(std::string_view text, ByteBpeRule rule, const std::function<void(std::string_view)>& emit) {
  Splitter(text, rule).run(emit);
}

std::string_view byte_bpe_pattern(ByteBpeRule rule) {
  switch (rule) {
    case ByteBpeRule::llama3:
      return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
             "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    case ByteBpeRule::qwen2:
      return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|"
             "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    default:
      return "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  }
}

}  // namespace zoo
