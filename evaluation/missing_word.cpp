#include "evaluation/missing_word.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "models/both_ways.h"

namespace zoo {
namespace {

constexpr std::size_t kLeastPlaces = 10;

Tensor row_of(const std::vector<std::int64_t>& ids) { return torch::tensor(ids, torch::kInt64).unsqueeze(0); }

/// The best of scores [1, V], as shares of all words that can be chosen.
Json best(const Tensor& scores, const Tokenizer& tokenizer, std::int64_t top) {
  if (scores.isnan().any().item<bool>()) fail("the model gave NaN as a score; are its weights damaged?");
  auto all = scores[0].to(torch::kDouble).clone();  // [V]
  all.narrow(0, 0, kSpecialTokens).fill_(-std::numeric_limits<double>::infinity());
  const auto shares = all.softmax(0);
  const auto count = std::min<std::int64_t>(top, all.size(0) - kSpecialTokens);
  const auto [values, places] = shares.topk(std::max<std::int64_t>(0, count));
  Json list = Json::array();
  for (std::int64_t i = 0; i < values.size(0); ++i) {
    list.push_back({{"word", tokenizer.piece(static_cast<TokenId>(places[i].item<std::int64_t>()))},
                    {"share", values[i].item<double>()}});
  }
  return list;
}

}  // namespace

Gap gap_in(const Tokenizer& tokenizer, const std::string& text) {
  const auto open = text.find("__");
  const auto end = open == std::string::npos ? open : std::min(text.find_first_not_of('_', open), text.size());
  if (open == std::string::npos || text.find("__", end) != std::string::npos) {
    fail_usage("--missing '{}': put one gap where the word is missing: \"the ___ was long\"", text);
  }
  Gap gap;
  tokenizer.encode(std::string_view(text).substr(0, open), gap.left);
  tokenizer.encode(std::string_view(text).substr(end), gap.right);
  return gap;
}

Json missing_word(const Model& model, const Tokenizer& tokenizer, const Gap& gap, std::int64_t top) {
  const torch::NoGradGuard no_gradient;
  auto* cloze = model.cloze();
  if (cloze == nullptr) fail("this model ranks no missing words");
  // At least one place more than the longer side has: the text ends there.
  const auto width = std::max({gap.left.size(), gap.right.size(), kLeastPlaces}) + 1;
  std::vector<std::int64_t> left(width - gap.left.size(), kPad), right(gap.right.begin(), gap.right.end());
  left.insert(left.end(), gap.left.begin(), gap.left.end());
  right.resize(width, kPad);
  Json result = {{"left_only", cloze->left_only()},
                 {"candidates", best(cloze->cloze(row_of(left), row_of(right)), tokenizer, top)}};
  auto* both = dynamic_cast<const BothWays*>(&model);
  if (both == nullptr || both->word_before() == nullptr || model.next_word() == nullptr) return result;
  std::vector<std::int64_t> before = {kEnd}, behind = {kEnd};
  before.insert(before.end(), gap.left.begin(), gap.left.end());
  behind.insert(behind.end(), gap.right.rbegin(), gap.right.rend());
  result["from_left"] = best(model.next_word()->next(row_of(before)), tokenizer, top);
  result["from_right"] = best(both->word_before()->next(row_of(behind)), tokenizer, top);
  return result;
}

}  // namespace zoo
