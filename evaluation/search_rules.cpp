#include "evaluation/search_rules.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"

namespace zoo {

void SearchOptions::fields(Fields& field) {
  field("beam", beam, "beginnings kept for each sentence; 1: greedy").range(1, 1 << 10);
  field("length_penalty", length_penalty,
        "log-probabilities are divided by ((5 + length) / 6)^alpha (paper), by length^alpha (power), by nothing (none)")
      .choices({"paper", "power", "none"});
  field("alpha", alpha, "of the length penalty: more favours longer translations").range(-10, 10);
  field("extra", extra, "a translation ends at the latest so many tokens after its source's length").range(0, 1 << 16);
  field("n_best", n_best, "translations given for each sentence, at most as many as the beam").range(1, 1 << 10);
  field("no_repeat", no_repeat, "no so many tokens in a row stand twice in a translation; 0: they may")
      .range(0, 1 << 10);
  field("allow_unknown", allow_unknown, "let a translation hold <unk>, which cannot be written down");
}

double length_penalty(const SearchOptions& options, std::int64_t length) {
  const auto tokens = static_cast<double>(length);
  if (options.length_penalty == "none") return 1;
  return std::pow(options.length_penalty == "power" ? tokens : (5 + tokens) / 6, options.alpha);
}

std::vector<TokenId> repeating(const std::vector<TokenId>& words, std::int64_t n) {
  std::vector<TokenId> found;
  const auto before = static_cast<std::size_t>(n - 1);
  if (n == 0 || words.size() < before) return found;
  const auto last = words.end() - static_cast<std::ptrdiff_t>(before);
  for (auto at = words.begin(); at + static_cast<std::ptrdiff_t>(before) < words.end(); ++at) {
    if (std::equal(last, words.end(), at)) found.push_back(*(at + static_cast<std::ptrdiff_t>(before)));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

SearchRules::SearchRules(const Translation& model, std::int64_t source_length, const SearchOptions& options,
                         Prefix prefix)
    : prefix_(std::move(prefix)), allow_unknown_(options.allow_unknown), no_repeat_(options.no_repeat) {
  const auto longest = model.longest_target() - 1, given = std::ssize(prefix_.words);  // one more step for the end
  if (given > longest) {
    fail("a translation that begins with {} tokens is longer than the {} that the model writes", given, longest);
  }
  most_words_ =
      static_cast<std::size_t>(std::max({std::int64_t{0}, given, std::min(source_length + options.extra, longest)}));
}

std::optional<TokenId> SearchRules::only_word(std::size_t count) const {
  if (count < prefix_.words.size()) return prefix_.words[count];
  if (count >= most_words_ || prefix_.whole) return kEnd;
  return std::nullopt;
}

std::vector<TokenId> SearchRules::banned(const std::vector<TokenId>& words) const {
  std::vector<TokenId> result = {kPad, kUnknown, kBegin, kMask};
  if (allow_unknown_) result.erase(result.begin() + 1);
  if (no_repeat_ == 0) return result;
  const auto repeated = repeating(words, no_repeat_);
  result.insert(result.end(), repeated.begin(), repeated.end());
  std::sort(result.begin(), result.end());
  return result;
}

std::vector<SearchRules> search_rules(const Translation& model, const Tensor& lengths, const SearchOptions& options,
                                      const std::vector<Prefix>& prefixes) {
  const auto sentences = lengths.size(0);
  if (!prefixes.empty() && std::ssize(prefixes) != sentences) {
    fail("{} prefixes for {} sentences", prefixes.size(), sentences);
  }
  std::vector<SearchRules> rules;
  for (std::int64_t i = 0; i < sentences; ++i) {
    rules.emplace_back(model, lengths[i].item<std::int64_t>(), options,
                       prefixes.empty() ? Prefix{} : prefixes[static_cast<std::size_t>(i)]);
  }
  return rules;
}

}  // namespace zoo
