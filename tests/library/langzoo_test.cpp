#include "library/langzoo.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/files.h"
#include "base/version.h"
#include "models/runtime.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::HasSubstr;

std::filesystem::path run(const std::string& name) {
  return ZOO_SOURCE_DIR "/tests/data/runs/" + std::string(kVersion) + "/" + name;
}

TEST(TrainedModel, SaysWhatItCannotDo) {
  const TrainedModel skip_gram(run("skip-gram"));
  EXPECT_EQ(skip_gram.kind(), "word2vec");
  EXPECT_THAT(error_of([&] { skip_gram.translate("the king"); }), HasSubstr("translat"));
  EXPECT_THAT(error_of([&] { static_cast<void>(skip_gram.log_probability("the king")); }), HasSubstr("word2vec"));
  const TrainedModel ngram(run("ngram"));
  EXPECT_THAT(error_of([&] { ngram.embed("the king"); }), HasSubstr("vector"));
  const TrainedModel decoder(run("decoder"));
  EXPECT_THAT(error_of([&] { decoder.embed("a a a a a a a a a a a a a a a a a a a a"); }), HasSubstr("together"));
}

TEST(TrainedModel, AnEmptySentenceHasNoVectorsAndATranslation) {
  const TrainedModel elmo(run("elmo"));
  EXPECT_EQ(elmo.embed("").vectors.size(0), 0);
  EXPECT_EQ(elmo.embed("the king", "lstm 1").vectors.size(0), 2);
  EXPECT_THAT(error_of([&] { elmo.embed("the king", "all"); }), HasSubstr("average"));
  const TrainedModel translator(run("translator"));
  EXPECT_EQ(translator.translate(""), "");
  EXPECT_EQ(translator.translate({"the king", ""}).size(), 2U);
}

TEST(TrainedModel, TranslatesInRoundedNumbersWhereTheModelHasThem) {
  const TrainedModel exact(run("translator")), rounded(run("translator"), "int8");
  EXPECT_EQ(exact.translate(std::vector<std::string>{"the king", ""}).size(),
            rounded.translate(std::vector<std::string>{"the king", ""}).size());
  EXPECT_THAT(error_of([] { TrainedModel(run("elmo"), "int8"); }), HasSubstr("float32 only"));
  EXPECT_THAT(error_of([] { TrainedModel(run("translator"), "int4"); }), HasSubstr("give fp32, bf16 or int8"));
}

TEST(TrainedModel, ServesFourThreadsAtOnce) {
  const TrainedModel elmo(run("elmo")), translator(run("translator")), ngram(run("ngram"));
  const std::string sentence = "the queen rules the city and the land";
  const auto ask = [&] {
    return std::tuple(elmo.embed(sentence).vectors, translator.translate(sentence), ngram.log_probability(sentence));
  };
  std::vector<decltype(ask())> answers(4);
  std::vector<std::thread> threads;
  for (auto& own : answers) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) own = ask();
    });
  }
  for (auto& thread : threads) thread.join();
  const auto [vectors, translation, probability] = ask();
  for (const auto& own : answers) {
    EXPECT_TRUE(torch::allclose(std::get<0>(own), vectors, 1e-5, 1e-6));
    EXPECT_EQ(std::get<1>(own), translation);
    EXPECT_EQ(std::get<2>(own), probability);
  }
}

TEST(Train, TellsOfOptionsThatAreNotKnown) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { train("word3vec", folder.path() / "run", {}); }), HasSubstr("word2vec"));
  const Json misspelt = {{"model", {{"dimm", 4}}}};
  EXPECT_THAT(error_of([&] { train("word2vec", folder.path() / "run", misspelt); }), HasSubstr("config: model.dimm"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "run"));
}

}  // namespace
}  // namespace zoo
