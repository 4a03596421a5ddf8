#include "evaluation/translation_judge.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/error.h"
#include "evaluation/beam_search.h"
#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/translate.h"

namespace zoo {
namespace {

constexpr std::size_t kSentencesAtOnce = 64;

/// The tokens of a line, without its end.
std::vector<TokenId> line_of(const Corpus& corpus, std::size_t line) {
  const auto ids = corpus.ids().subspan(corpus.lines()[line], corpus.lines()[line + 1] - corpus.lines()[line]);
  std::vector<TokenId> words(ids.begin(), ids.end());
  if (!words.empty() && words.back() == kEnd) words.pop_back();
  return words;
}

struct Test {
  std::vector<std::vector<TokenId>> sources;  ///< the shortest first
  std::vector<std::vector<std::string>> references;
};

Test test_of(const Corpus& source, const Corpus& target, const Tokenizer& tokenizer) {
  const auto lines = source.lines().size();
  if (target.lines().size() != lines) {
    fail("validation: {} lines on one side, {} on the other", lines - 1, target.lines().size() - 1);
  }
  std::vector<std::pair<std::vector<TokenId>, std::string>> pairs;
  for (std::size_t line = 0; line + 1 < lines; ++line) {
    auto words = line_of(source, line);
    const auto reference = line_of(target, line);
    if (!words.empty() && !reference.empty()) pairs.emplace_back(std::move(words), tokenizer.decode(reference));
  }
  if (pairs.empty()) fail("validation: no line has words on both sides; give --valid-source and --valid-target");
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.first.size() < b.first.size(); });
  Test test;
  for (auto& [words, reference] : pairs) {
    test.sources.push_back(std::move(words));
    test.references.push_back({std::move(reference)});
  }
  return test;
}

}  // namespace

std::function<std::optional<double>(Model&)> translation_judge(const std::string& metric, const Corpus& source,
                                                               const Corpus& target,
                                                               const std::shared_ptr<const Tokenizer>& tokenizer) {
  std::shared_ptr<const TranslationMetric> scored = std::make_shared<BleuMetric>();
  if (metric == "chrf") scored = std::make_shared<ChrfMetric>();
  const auto test = std::make_shared<const Test>(test_of(source, target, *tokenizer));
  return [scored, test, tokenizer](Model& trained) -> std::optional<double> {
    auto* model = trained.translation();
    if (model == nullptr) fail("the model translates nothing; validate it by its loss");
    const auto longest = static_cast<std::size_t>(model->longest_source() - 1);  // and the end
    std::vector<std::string> hypotheses;
    for (std::size_t first = 0; first < test->sources.size(); first += kSentencesAtOnce) {
      std::vector<std::vector<TokenId>> rows;
      for (auto i = first; i < std::min(first + kSentencesAtOnce, test->sources.size()); ++i) {
        rows.push_back(test->sources[i]);
        rows.back().resize(std::min(rows.back().size(), longest));
        rows.back().push_back(kEnd);
      }
      const auto [sources, lengths] = padded(rows);  // [B, S], [B]
      for (const auto& found : beam_search(*model, sources, lengths, {.beam = 1})) {
        hypotheses.push_back(found.empty() ? "" : tokenizer->decode(found[0].words));
      }
    }
    return corpus_score(*scored, counts_of(*scored, hypotheses, test->references));
  };
}

}  // namespace zoo
