#include "evaluation/bleu.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/files.h"
#include "base/json.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

std::vector<std::vector<std::string>> alone(const std::vector<std::string>& references) {
  std::vector<std::vector<std::string>> out;
  for (const auto& reference : references) out.push_back({reference});
  return out;
}

BleuOptions options_of(const Json& settings) {
  BleuOptions options;
  options.lowercase = settings.value("lowercase", false);
  options.tokenizer = settings.value("tokenize", "13a");
  options.smoothing = settings.value("smooth_method", "exp");
  options.effective_order = settings.value("effective_order", false);
  options.longest = settings.value("max_ngram_order", 4);
  if (settings.contains("smooth_value") && settings["smooth_value"].is_number()) {
    options.smoothing_value = settings["smooth_value"];
  }
  return options;
}

TEST(Bleu, IsSacrebleusForEverySentenceAndSetting) {
  const auto golden = read_json(ZOO_SOURCE_DIR "/tests/data/evaluation/bleu.json");
  ASSERT_FALSE(golden["cases"].empty());
  for (const auto& one : golden["cases"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto options = options_of(one["settings"]);
    const auto references = one["references"].get<std::vector<std::string>>();
    for (std::size_t i = 0; i < references.size(); ++i) {
      EXPECT_EQ(bleu_tokens(references[i], options),
                bleu_tokens(one["tokens"][i].get<std::string>(), {.tokenizer = "none"}))
          << references[i];
    }
    const auto bleu = corpus_bleu(one["hypotheses"], alone(references), options);
    EXPECT_NEAR(bleu.score, one["score"].get<double>(), 1e-9);
    EXPECT_NEAR(bleu.brevity_penalty, one["brevity_penalty"].get<double>(), 1e-12);
    EXPECT_EQ(bleu.hypothesis_words, one["hypothesis_words"]);
    EXPECT_EQ(bleu.reference_words, one["reference_words"]);
    for (std::size_t n = 0; n < 4; ++n) EXPECT_NEAR(bleu.precisions[n], one["precisions"][n].get<double>(), 1e-9);
    EXPECT_EQ(bleu_signature(options), one["signature"]);
  }
}

TEST(Bleu, SeveralReferencesCountTheBestMatchAndTheClosestLength) {
  const auto bleu = corpus_bleu({"the the the cat"}, {{"the cat", "the the dog sat here", "a b c d e f"}});
  EXPECT_EQ(bleu.reference_words, 5) << "as far off as the longer one, and shorter";
  EXPECT_EQ(bleu.matches[0], 3) << "two of three 'the', and 'cat'";
}

TEST(Bleu, WhatDoesNotGoTogetherIsRefused) {
  EXPECT_THAT(error_of([] { corpus_bleu({"a", "b"}, {{"a"}}); }), testing::HasSubstr("2 translations"));
  EXPECT_THAT(error_of([] { corpus_bleu({"a"}, {{}}); }), testing::HasSubstr("no reference"));
  EXPECT_THAT(error_of([] { corpus_bleu({"a"}, {{"a"}}, {.tokenizer = "moses"}); }), testing::HasSubstr("moses"));
  EXPECT_THAT(error_of([] { corpus_bleu({"a"}, {{"a"}}, {.smoothing = "other"}); }), testing::HasSubstr("other"));
}

TEST(Bleu, BytesThatAreNoUtf8AreReadAsReplacementCharacters) {
  EXPECT_EQ(bleu_tokens("a\xff\xc3 b.", {}), "a\xef\xbf\xbd\xef\xbf\xbd b .");
}

class BleuFixture : public testing::Test {
 protected:
  void SetUp() override {
    const char* given = std::getenv("ZOO_SHARED");
    folder_ = std::filesystem::path(given != nullptr ? given : ZOO_SOURCE_DIR "/../shared") / "fixtures" / "bleu";
    if (std::filesystem::exists(folder_)) return;
    if (std::getenv("CI") != nullptr) FAIL() << folder_ << " is missing";
    GTEST_SKIP() << folder_ << " is not here";
  }
  std::vector<std::string> lines(const std::string& name) const {
    std::vector<std::string> out;
    std::ifstream file(folder_ / "nmt-bleu" / name);
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
  }
  std::filesystem::path folder_;
};

TEST_F(BleuFixture, SacrebleusOwnCasesGiveItsOwnScores) {
  std::ifstream file(folder_ / "vectors.jsonl");
  int checked = 0;
  for (std::string line; std::getline(file, line);) {
    const auto one = Json::parse(line);
    const auto settings = one.value("settings", Json::object());
    const auto options = options_of(settings);
    if (!one.contains("sacrebleu_2_6_0")) continue;
    const auto tolerance = 1e-6;
    if (one["metric"] == "bleu-from-stats") {
      const auto bleu = bleu_of_counts(one["counts"], one["totals"], one["sys_len"], one["ref_len"], options);
      EXPECT_NEAR(bleu.score, one["sacrebleu_2_6_0"].get<double>(), tolerance) << line;
      ++checked;
    } else if (one["metric"] == "bleu") {
      const bool sentence = one["level"] == "sentence";
      const auto hypotheses = one["hyps"].get<std::vector<std::string>>();
      std::vector<std::vector<std::string>> references(hypotheses.size());
      for (const auto& set : one["refs"]) {
        if (set.is_string()) {
          references[0].push_back(set);  // of a single sentence: a reference each
          continue;
        }
        for (std::size_t i = 0; i < hypotheses.size() && i < set.size(); ++i) references[i].push_back(set[i]);
      }
      const auto bleu = corpus_bleu(hypotheses, references, options);
      EXPECT_NEAR(bleu.score, one["sacrebleu_2_6_0"].get<double>(), tolerance) << line << sentence;
      ++checked;
    }
  }
  EXPECT_GE(checked, 40);
}

TEST_F(BleuFixture, ThreeThousandTranslatedLinesScoreAsTheyShould) {
  auto references = lines("deen_ref_bpe");
  for (auto& line : references) {
    for (auto at = line.find("@@ "); at != std::string::npos; at = line.find("@@ ")) line.erase(at, 3);
  }
  auto hypotheses = lines("deen_output");
  for (auto& line : hypotheses) {
    if (line.empty()) line = "<nothing>";  // an empty line is one word there
  }
  ASSERT_EQ(hypotheses.size(), 3000u);
  const auto bleu = corpus_bleu(hypotheses, alone(references), {.tokenizer = "none", .smoothing = "none"});
  EXPECT_NEAR(bleu.score, 22.5855084573, 1e-8);
}

}  // namespace
}  // namespace zoo
