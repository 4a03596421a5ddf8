// chrF, TER, BLEU by other tokenizers, and the bootstrap: held to sacrebleu.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/json.h"
#include "evaluation/bleu.h"
#include "evaluation/chrf.h"
#include "evaluation/score_text.h"
#include "evaluation/significance.h"
#include "evaluation/ter.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using Lines = std::vector<std::string>;

std::vector<Lines> alone(const Lines& references) {
  std::vector<Lines> out;
  for (const auto& reference : references) out.push_back({reference});
  return out;
}

std::unique_ptr<TranslationMetric> metric_of(const std::string& name, const Json& settings) {
  if (name == "bleu") return std::make_unique<BleuMetric>(BleuOptions{.tokenizer = settings.value("tokenize", "13a")});
  if (name == "ter") return std::make_unique<TerMetric>(settings.value("case_sensitive", false));
  return std::make_unique<ChrfMetric>(ChrfOptions{.character_order = settings.value("char_order", 6),
                                                  .word_order = settings.value("word_order", 0),
                                                  .beta = settings.value("beta", 2),
                                                  .lowercase = settings.value("lowercase", false),
                                                  .whitespace = settings.value("whitespace", false),
                                                  .epsilon_smoothing = settings.value("eps_smoothing", false)});
}

Json golden() { return read_json(ZOO_SOURCE_DIR "/tests/data/evaluation/scores.json"); }

TEST(Scores, AreSacrebleusForEverySentenceAndSetting) {
  const auto cases = golden().at("cases");
  ASSERT_GE(cases.size(), 12u);
  for (const auto& one : cases) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto metric = metric_of(one["metric"], one["settings"]);
    const auto counts = counts_of(*metric, one["hypotheses"], alone(one["references"]));
    for (std::size_t i = 0; i < counts.size(); ++i) {
      EXPECT_NEAR(metric->score(counts[i]), one["sentence_scores"][i].get<double>(), 1e-9)
          << one["hypotheses"][i] << " | " << one["references"][i];
    }
    EXPECT_NEAR(corpus_score(*metric, counts), one["score"].get<double>(), 1e-9);
    EXPECT_EQ(metric->signature(1), one["signature"]);
  }
}

TEST(Scores, TokenizersCutAsSacrebleusDo) {
  int compared = 0;
  const auto cases = golden().at("cases");
  for (const auto& one : cases) {
    if (!one.contains("tokens")) continue;
    for (std::size_t i = 0; i < one["tokens"].size(); ++i) {
      EXPECT_EQ(score_tokens(one["references"][i].get<std::string>(), one["name"].get<std::string>()),
                words_between_spaces(one["tokens"][i].get<std::string>()))
          << one["name"] << ": " << one["references"][i];
      ++compared;
    }
  }
  EXPECT_GE(compared, 100);
}

TEST(Scores, TheBootstrapIsSacrebleusOnTheSameDraws) {
  const auto cases = golden().at("bootstrap");
  ASSERT_EQ(cases.size(), 3u);
  for (const auto& one : cases) {
    SCOPED_TRACE(one["metric"].get<std::string>());
    const auto metric = metric_of(one["metric"], Json::object());
    const auto references = alone(one["references"]);
    const auto draws = one["draws"].get<std::vector<std::size_t>>();
    std::size_t next = 0;
    // sacrebleu calls the first system the baseline, and tests the second.
    const auto result = paired_bootstrap(*metric, counts_of(*metric, one["other"], references),
                                         counts_of(*metric, one["hypotheses"], references), one["samples"],
                                         [&] { return draws.at(next++); });
    EXPECT_EQ(next, draws.size());
    constexpr double kFloat = 2e-4;  // its sums are single precision
    EXPECT_NEAR(result.other_score, one["score"].get<double>(), 1e-9);
    EXPECT_NEAR(result.score, one["other_score"].get<double>(), 1e-9);
    EXPECT_NEAR(result.spread.mean, one["other_mean"].get<double>(), kFloat);
    EXPECT_NEAR(result.spread.half, one["other_half"].get<double>(), kFloat);
    EXPECT_NEAR(result.other_spread.mean, one["mean"].get<double>(), kFloat);
    EXPECT_NEAR(result.p_value, one["p_value"].get<double>(), 1e-9);
  }
}

TEST(Scores, ABetterSystemIsToldFromAnEqualOne) {
  Lines references, good, bad;
  for (int i = 0; i < 200; ++i) {
    references.push_back("the sentence number " + std::to_string(i) + " stands here as it should");
    good.push_back(references.back());
    bad.push_back(i % 2 == 0 ? references.back() : "some other words stand here");
  }
  const BleuMetric metric;
  const auto counts = counts_of(metric, good, alone(references)), other = counts_of(metric, bad, alone(references));
  EXPECT_LT(paired_bootstrap(metric, counts, other, 200).p_value, 0.05);
  EXPECT_EQ(paired_bootstrap(metric, counts, counts, 200).p_value, 1);
  EXPECT_EQ(paired_bootstrap(metric, counts, other, 50).p_value, paired_bootstrap(metric, counts, other, 50).p_value);
  EXPECT_THAT(error_of([&] { paired_bootstrap(metric, counts, {}, 10); }), testing::HasSubstr("same sentences"));
}

TEST(Ter, CountsAShiftOfAPhraseAsOneEdit) {
  EXPECT_EQ(translation_edits({"a", "b", "c", "d", "e"}, {"d", "e", "a", "b", "c"}), 1);
  EXPECT_EQ(translation_edits({"a", "b"}, {}), 2);
  EXPECT_EQ(translation_edits({}, {"a", "b"}), 2);
  EXPECT_EQ(translation_edits({}, {}), 0);
  EXPECT_EQ(translation_edits({"a", "x"}, {"a", "b", "c"}), 2);
}

TEST(Scores, OfEmptySentencesAreNumbers) {
  for (const std::string name : {"bleu", "chrf", "ter"}) {
    const auto metric = metric_of(name, Json::object());
    EXPECT_EQ(corpus_score(*metric, counts_of(*metric, {""}, {{""}})), 0) << name;
    EXPECT_EQ(corpus_score(*metric, {}), 0) << name;
  }
}

TEST(Scores, SacrebleusOwnCasesGiveItsOwnScores) {
  const char* given = std::getenv("ZOO_SHARED");
  const auto path = std::filesystem::path(given != nullptr ? given : ZOO_SOURCE_DIR "/../shared") / "fixtures/bleu";
  if (!std::filesystem::exists(path)) {
    if (std::getenv("CI") != nullptr) FAIL() << path << " is missing";
    GTEST_SKIP() << path << " is not here";
  }
  std::ifstream file(path / "vectors.jsonl");
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    const auto one = Json::parse(line);
    const auto name = one["metric"].get<std::string>();
    if ((name != "chrf" && name != "ter") || !one.contains("sacrebleu_2_6_0")) continue;
    auto settings = one.value("settings", Json::object());
    if (settings.contains("remove_whitespace")) settings["whitespace"] = !settings["remove_whitespace"].get<bool>();
    const auto metric = metric_of(name, settings);
    const auto hypotheses = one["hyps"].get<Lines>();
    std::vector<Lines> references(hypotheses.size());
    for (const auto& set : one["refs"]) {
      if (set.is_string()) {
        references[0].push_back(set);
        continue;
      }
      for (std::size_t i = 0; i < hypotheses.size() && i < set.size(); ++i) references[i].push_back(set[i]);
    }
    EXPECT_NEAR(corpus_score(*metric, counts_of(*metric, hypotheses, references)), one["sacrebleu_2_6_0"].get<double>(),
                1e-4)
        << line;
    ++checked;
  }
  EXPECT_GE(checked, 32);
}

}  // namespace
}  // namespace zoo
