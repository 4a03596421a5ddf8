#include "evaluation/translation_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "data/line_source.h"
#include "evaluation/chrf.h"
#include "evaluation/significance.h"
#include "evaluation/ter.h"

namespace zoo {
namespace {

std::vector<std::string> lines_of(const std::vector<std::string>& inputs) {
  LineSource source(expand_inputs(inputs));
  std::vector<std::string> lines;
  TextBlock block;
  while (source.next(block)) {
    for (const auto& line : block.lines) lines.emplace_back(block.line(line));
  }
  return lines;
}

bool is_blank(const std::string& line) { return line.find_first_not_of(" \t") == std::string::npos; }

std::string name_of(const std::vector<std::string>& inputs) {
  return inputs.size() == 1 ? inputs[0] : fmt::format("{} and {} more", inputs[0], inputs.size() - 1);
}

}  // namespace

TranslationTest read_translation_test(const std::vector<std::string>& sources,
                                      const std::vector<std::string>& references) {
  auto from = lines_of(sources), to = lines_of(references);
  if (from.size() != to.size()) {
    fail(
        "--reference {}: {} lines, but --input {} has {}; line i of one must be the translation of line i of the "
        "other",
        name_of(references), to.size(), name_of(sources), from.size());
  }
  TranslationTest test;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (is_blank(from[i]) && is_blank(to[i])) continue;
    test.sources.push_back(std::move(from[i]));
    test.references.push_back(std::move(to[i]));
  }
  if (test.sources.empty()) fail("--input {}: has no sentence to translate", name_of(sources));
  return test;
}

TranslationScores translation_scores(const Translation& model, const Tokenizer& source, const Tokenizer& target,
                                     const TranslationTest& test, const SearchOptions& search, const BleuOptions& bleu,
                                     std::int64_t batch_size, const std::function<void(std::int64_t)>& done) {
  TranslationScores scores;
  const auto start = std::chrono::steady_clock::now();
  scores.lines =
      translate_lines(model, source, target, test.sources, {.search = search, .batch_size = batch_size}, done);
  scores.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::vector<std::string> hypotheses;
  std::vector<std::vector<std::string>> references;
  for (std::size_t i = 0; i < scores.lines.size(); ++i) {
    hypotheses.push_back(scores.lines[i].texts.at(0));
    references.push_back({test.references[i]});
    scores.cut += scores.lines[i].cut;
  }
  scores.bleu = corpus_bleu(hypotheses, references, bleu);
  for (const auto& metric : std::vector<std::shared_ptr<const TranslationMetric>>{
           std::make_shared<BleuMetric>(bleu), std::make_shared<ChrfMetric>(ChrfOptions{.lowercase = bleu.lowercase}),
           std::make_shared<TerMetric>()}) {
    auto counts = counts_of(*metric, hypotheses, references);
    const auto score = corpus_score(*metric, counts);
    scores.metrics.push_back({metric, std::move(counts), score});
  }
  return scores;
}

Json TranslationScores::to_json(const TranslationTest& test, std::int64_t shown) const {
  const auto count = static_cast<std::int64_t>(lines.size());
  Json samples = Json::array();
  for (std::int64_t i = 0; i < std::min(shown, count); ++i) {
    const auto at = static_cast<std::size_t>(i * count / std::min(shown, count));
    samples.push_back(
        {{"source", test.sources[at]}, {"reference", test.references[at]}, {"translation", lines[at].texts[0]}});
  }
  auto signatures = Json::object();
  for (const auto& one : metrics) signatures[one.metric->name()] = one.metric->signature(1);
  return {{"bleu", bleu.score},
          {"chrf", metrics.at(1).score},
          {"ter", metrics.at(2).score},
          {"signature", signatures.at("BLEU")},
          {"signatures", signatures},
          {"sentences", count},
          {"precisions", bleu.precisions},
          {"brevity_penalty", bleu.brevity_penalty},
          {"hypothesis_words", bleu.hypothesis_words},
          {"reference_words", bleu.reference_words},
          {"cut", cut},
          {"seconds", seconds},
          {"sentences_per_second", seconds > 0 ? static_cast<double>(count) / seconds : 0.0},
          {"samples", std::move(samples)}};
}

Json significance_of(const TranslationScores& scores, const TranslationScores& others, std::uint64_t seed) {
  auto json = Json::object();
  for (std::size_t i = 0; i < scores.metrics.size(); ++i) {
    const auto& one = scores.metrics[i];
    const auto result = paired_bootstrap(*one.metric, one.counts, others.metrics.at(i).counts, 1000, seed);
    json[one.metric->name()] = {{"score", result.score},
                                {"other_score", result.other_score},
                                {"p_value", result.p_value},
                                {"mean", result.spread.mean},
                                {"half_width", result.spread.half},
                                {"other_mean", result.other_spread.mean},
                                {"other_half_width", result.other_spread.half}};
  }
  return json;
}

}  // namespace zoo
