#include "evaluation/bleu.h"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "base/utf8.h"

namespace zoo {
namespace {

/// What Python's str.split() parts words at.
bool is_space(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 ||
         c == 0x202F || c == 0x205F || c == 0x3000;
}

std::vector<char32_t> code_points(std::string_view text) {
  std::vector<char32_t> points;
  const char* at = text.data();
  for (const char* end = at + text.size(); at < end;) points.push_back(next_code_point(at, end));
  return points;
}

bool is_cased(char32_t c) {
  const auto point = static_cast<utf8proc_int32_t>(c);
  return utf8proc_tolower(point) != point || utf8proc_toupper(point) != point;
}

/// The full lower case of Unicode: that of each code point, but İ becomes two, and Σ at a word's end becomes ς.
std::string lower(std::string_view text) {
  const auto points = code_points(text);
  std::string out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points[i] == U'Σ') {
      const bool ends = (i + 1 == points.size() || !is_cased(points[i + 1])) && i > 0 && is_cased(points[i - 1]);
      append_utf8(out, ends ? U'ς' : U'σ');
    } else if (points[i] == U'İ') {
      out += "i\u0307";
    } else {
      append_utf8(out, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(points[i]))));
    }
  }
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == ','; }

/// ASCII punctuation but for ' , - .
bool is_symbol(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

/// A pass over neighbouring bytes from left to right: where `parts` holds, the two are written as `write` does and
/// both are behind us, so that the second begins no other pair.
template <typename Parts, typename Write>
std::string pass(const std::string& text, Parts parts, Write write) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && parts(text[i], text[i + 1])) {
      write(out, text[i], text[i + 1]);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// mteval-v13a's rules: symbols stand alone; so do stops and commas but between digits, and a dash behind a digit.
std::string tokens_13a(std::string text) {
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  for (const auto& [mark, letter] : {std::pair{"&quot;", "\""}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}}) {
    replace_all(text, mark, letter);
  }
  std::string apart = " ";
  for (const char c : text) {
    if (is_symbol(c)) {
      apart += {' ', c, ' '};
    } else {
      apart += c;
    }
  }
  apart += ' ';
  apart = pass(
      apart, [](char a, char b) { return !is_digit(a) && is_stop(b); },
      [](std::string& out, char a, char b) {
        out += {a, ' ', b, ' '};
      });
  apart = pass(
      apart, [](char a, char b) { return is_stop(a) && !is_digit(b); },
      [](std::string& out, char a, char b) {
        out += {' ', a, ' ', b};
      });
  return pass(
      apart, [](char a, char b) { return is_digit(a) && b == '-'; },
      [](std::string& out, char a, char b) {
        out += {a, ' ', b, ' '};
      });
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const auto point : code_points(text)) {
    if (!is_space(point)) {
      append_utf8(word, point);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::vector<std::string> segment_words(std::string_view segment, const BleuOptions& options) {
  std::string text = options.lowercase ? lower(segment) : std::string(segment);
  if (options.tokenizer == "13a") {
    // Spaces at its end go first: a line end there is no place where a word goes on.
    const auto ascii_space = [](char c) { return is_ascii({&c, 1}) && is_space(static_cast<unsigned char>(c)); };
    while (!text.empty() && ascii_space(text.back())) text.pop_back();
    text = tokens_13a(std::move(text));
  } else if (options.tokenizer == "char") {
    std::vector<std::string> letters;
    for (const auto point : code_points(text)) {
      if (!is_space(point)) append_utf8(letters.emplace_back(), point);
    }
    return letters;
  } else if (options.tokenizer != "none") {
    fail("BLEU: tokenizer '{}' is none of 13a, none, char", options.tokenizer);
  }
  return words_of(text);
}

/// Each n-gram of 1 … longest words, its words joined by spaces, with its order and how often it stands there.
struct Count {
  std::int64_t order = 0, times = 0;
};
using Counts = std::unordered_map<std::string, Count>;

Counts count_ngrams(const std::vector<std::string>& words, std::int64_t longest) {
  Counts counts;
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string ngram;
    for (std::int64_t order = 1; order <= longest && first + static_cast<std::size_t>(order) <= words.size(); ++order) {
      if (order > 1) ngram += ' ';
      ngram += words[first + static_cast<std::size_t>(order) - 1];
      auto& count = counts[ngram];
      count.order = order;
      ++count.times;
    }
  }
  return counts;
}

double smoothing_value(const BleuOptions& options) {
  if (options.smoothing_value >= 0) return options.smoothing_value;
  return options.smoothing == "floor" ? 0.1 : 1;
}

}  // namespace

std::string bleu_tokens(std::string_view segment, const BleuOptions& options) {
  std::string joined;
  for (const auto& word : segment_words(segment, options)) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

Bleu bleu_of_counts(std::vector<double> matches, std::vector<double> totals, std::int64_t hypothesis_words,
                    std::int64_t reference_words, const BleuOptions& options) {
  const bool known = options.smoothing == "exp" || options.smoothing == "floor" || options.smoothing == "add-k" ||
                     options.smoothing == "none";
  if (!known) fail("BLEU: smoothing '{}' is none of exp, floor, add-k, none", options.smoothing);
  Bleu bleu;
  bleu.matches = std::move(matches);
  bleu.totals = std::move(totals);
  bleu.hypothesis_words = hypothesis_words;
  bleu.reference_words = reference_words;
  bleu.precisions.assign(bleu.matches.size(), 0.0);
  if (hypothesis_words < reference_words) {
    bleu.brevity_penalty =
        hypothesis_words > 0
            ? std::exp(1 - static_cast<double>(reference_words) / static_cast<double>(hypothesis_words))
            : 0;
  }
  if (std::all_of(bleu.matches.begin(), bleu.matches.end(), [](double count) { return count == 0; })) return bleu;
  double halved = 1;
  auto orders = bleu.matches.size();
  for (std::size_t n = 0; n < bleu.matches.size(); ++n) {
    double match = bleu.matches[n], total = bleu.totals[n];
    if (options.smoothing == "add-k" && n > 0) {
      match += smoothing_value(options);
      total += smoothing_value(options);
    }
    if (total == 0) break;
    if (options.effective_order) orders = n + 1;
    if (match > 0) {
      bleu.precisions[n] = 100 * match / total;
    } else if (options.smoothing == "exp") {
      halved *= 2;  // orders without a match count as 1/2, 1/4, … of one
      bleu.precisions[n] = 100 / (halved * total);
    } else if (options.smoothing == "floor") {
      bleu.precisions[n] = 100 * smoothing_value(options) / total;
    }
  }
  double logs = 0;
  for (std::size_t n = 0; n < orders; ++n) {
    if (bleu.precisions[n] == 0) return bleu;  // the geometric mean with a zero
    logs += std::log(bleu.precisions[n]);
  }
  bleu.score = bleu.brevity_penalty * std::exp(logs / static_cast<double>(orders));
  return bleu;
}

Bleu corpus_bleu(const std::vector<std::string>& hypotheses, const std::vector<std::vector<std::string>>& references,
                 const BleuOptions& options) {
  if (hypotheses.size() != references.size()) {
    fail("BLEU: {} translations, but references for {} sentences", hypotheses.size(), references.size());
  }
  const auto orders = static_cast<std::size_t>(options.longest);
  std::vector<double> matches(orders, 0.0), totals(orders, 0.0);
  std::int64_t hypothesis_words = 0, reference_words = 0;
  for (std::size_t i = 0; i < hypotheses.size(); ++i) {
    if (references[i].empty()) fail("BLEU: sentence {} has no reference", i + 1);
    const auto words = segment_words(hypotheses[i], options);
    Counts most;
    std::int64_t closest = -1;
    const auto off = [&](std::int64_t length) { return std::abs(length - std::ssize(words)); };
    for (const auto& reference : references[i]) {
      const auto other = segment_words(reference, options);
      const auto length = std::ssize(other);
      if (closest < 0 || off(length) < off(closest) || (off(length) == off(closest) && length < closest)) {
        closest = length;
      }
      for (const auto& [ngram, count] : count_ngrams(other, options.longest)) {
        auto& kept = most[ngram];
        kept.times = std::max(kept.times, count.times);
      }
    }
    hypothesis_words += std::ssize(words);
    reference_words += closest;
    for (const auto& [ngram, count] : count_ngrams(words, options.longest)) {
      const auto order = static_cast<std::size_t>(count.order - 1);
      totals[order] += static_cast<double>(count.times);
      if (const auto found = most.find(ngram); found != most.end()) {
        matches[order] += static_cast<double>(std::min(count.times, found->second.times));
      }
    }
  }
  return bleu_of_counts(std::move(matches), std::move(totals), hypothesis_words, reference_words, options);
}

std::string bleu_signature(const BleuOptions& options, std::size_t references) {
  auto smoothing = options.smoothing;
  if (smoothing == "floor" || smoothing == "add-k") smoothing += fmt::format("[{:.2f}]", smoothing_value(options));
  return fmt::format("nrefs:{}|case:{}|eff:{}|tok:{}|smooth:{}|version:2.6.0", references,
                     options.lowercase ? "lc" : "mixed", options.effective_order ? "yes" : "no", options.tokenizer,
                     smoothing);
}

}  // namespace zoo
