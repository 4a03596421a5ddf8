// Meanings of a word in its sentences: vectors made by hand, and models whose answers are known.
#include "evaluation/senses.h"

#include <cmath>
#include <fstream>

#include "base/files.h"
#include "evaluation/in_context.h"
#include "evaluation/self_similarity.h"
#include "evaluation/sense_scores.h"
#include "tests/evaluation/context_fixture.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

Tensor rows(const std::vector<std::vector<float>>& numbers) {
  std::vector<Tensor> list;
  for (const auto& row : numbers) list.push_back(torch::tensor(row));
  return torch::stack(list);
}

TEST(SelfSimilarity, IsTheMeanCosineOverPairs) {
  const auto x = rows({{2, 0}, {0, 5}, {1, 1}});
  const double half = std::sqrt(0.5);
  EXPECT_NEAR(mean_cosine(x), (0 + half + half) / 3, 1e-6);
  EXPECT_NEAR(mean_cosine(x, {0, 0, 1}, true), 0, 1e-6);
  EXPECT_NEAR(mean_cosine(x, {0, 0, 1}, false), half, 1e-6);
  EXPECT_NEAR(mean_cosine(x, {0, -1, 1}, false), half, 1e-6) << "kinds below 0 are left out";
  EXPECT_TRUE(std::isnan(mean_cosine(x, {0, 1, 2}, true)));
  EXPECT_NEAR(mean_cosine(rows({{3, 1}, {3, 1}, {3, 1}})), 1, 1e-6);
}

TEST(SelfSimilarity, PrincipalPlaneKeepsDistancesOfPointsInAPlane) {
  const auto x = rows({{0, 0, 1}, {4, 0, 1}, {0, 2, 1}, {4, 2, 1}});
  const auto map = principal_plane(x);
  EXPECT_NEAR(map.share, 1, 1e-6);
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 4; ++j) {
      EXPECT_NEAR((map.points[i] - map.points[j]).norm().item<double>(), (x[i] - x[j]).norm().item<double>(), 1e-5);
    }
  }
  EXPECT_EQ(principal_plane(rows({{1, 2}})).points.sizes(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(principal_plane(rows({{1, 2}, {1, 2}})).share, 0);
}

TEST(Senses, NearestAndCentroidFindWhatLiesNear) {
  const auto known = rows({{1, 0}, {1, 0.1F}, {0, 1}, {-1, 0.2F}});
  const std::vector<std::int64_t> known_senses = {0, 0, 1, 1};
  // The second is nearest to (0, 1), the third to (−1, 0.2); the fourth to the zeroth.
  const auto asked = rows({{5, 0.3F}, {0.4F, 1}, {-1, 0}, {1, -0.5F}});
  const auto score = score_senses(asked, {0, 1, 1, 1}, known, known_senses);
  EXPECT_EQ(score.asked, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(score.nearest, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(score.centroid, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(score.most_frequent, (std::vector<std::int64_t>{1, 0})) << "two of each: the lower number";
}

TEST(Senses, TheSameVectorEverywhereAnswersTheMostFrequentSense) {
  const auto same = torch::ones({5, 3});
  const std::vector<std::int64_t> senses = {1, 0, 1, 1, 0};
  const auto split = score_senses(torch::ones({4, 3}), {0, 1, 1, 2}, same, senses);
  EXPECT_EQ(split.most_frequent, (std::vector<std::int64_t>{0, 2, 0}));
  EXPECT_EQ(split.nearest, split.most_frequent);
  EXPECT_EQ(split.centroid, split.most_frequent);
  // Leaving one out: of the other four either 2:2 or 3:1.
  const auto out = score_senses(same, senses);
  EXPECT_EQ(out.nearest, out.most_frequent);
  EXPECT_EQ(out.centroid, out.most_frequent);
}

TEST(Senses, LeavingOneOutAsksNobodyAboutItself) {
  const auto x = rows({{1, 0}, {1, 0.01F}, {0, 1}, {0.01F, 1}, {-1, -1}});
  const auto score = score_senses(x, {0, 0, 1, 1, 2});
  EXPECT_EQ(score.nearest, (std::vector<std::int64_t>{2, 2, 0})) << "the last is the only one of its sense";
  EXPECT_EQ(score.centroid, score.nearest);
}

class SenseFiles : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& name, const std::string& content) const {
    std::ofstream(folder_.path() / name) << content;
    return folder_.path() / name;
  }
  TemporaryFolder folder_;
};

TEST_F(SenseFiles, AModelThatSeesTheWordBeforeTellsTheSensesThatItDecides) {
  // The word before decides the sense of x; of y there is one sense.
  const std::string head = "lemma\tsense\tposition\ttokens\n";
  const auto train = read_senses(file("train.tsv", head + "x\tone\t1\ta x d\nx\tone\t1\ta x c\nx\ttwo\t2\td b x\n"
                                                          "y\tonly\t0\ty\n"));
  const auto test = read_senses(file("test.tsv", head + "x\tone\t2\tc a x\nx\ttwo\t1\tb x d\nx\ttwo\t1\tb x\n"
                                                        "y\tonly\t1\tzebra y\nz\tother\t0\tz\n"));
  const auto tokenizer = words_of("a b c d x y z");
  KnownContext model(tokenizer->size());
  const SentenceVectors vectors(model, "model", {});
  const auto result = senses(vectors, *tokenizer, test, train);
  EXPECT_EQ(result["asked"], 4);
  EXPECT_EQ(result["left_out"], (Json{"z"}));
  const auto& x = result["lemmas"]["x"];
  EXPECT_NEAR(x["table"]["most frequent sense"]["nearest"].get<double>(), 1.0 / 3, 1e-9);
  EXPECT_NEAR(x["table"]["own"]["nearest"].get<double>(), 1.0 / 3, 1e-9) << "one vector gives the baseline";
  EXPECT_EQ(x["table"]["context"]["nearest"], 1.0);
  EXPECT_EQ(x["table"]["context"]["centroid"], 1.0);
  EXPECT_EQ(x["table"]["average"]["nearest"], 1.0);
  EXPECT_NEAR(result["table"]["most frequent sense"]["nearest"]["per_lemma"].get<double>(), (1.0 / 3 + 1) / 2, 1e-9);
  EXPECT_EQ(result["coverage"], 1.0);

  OneVector words(tokenizer->size());
  const auto baseline = senses(SentenceVectors(words, "model", {}), *tokenizer, test, train);
  EXPECT_EQ(baseline["contextual"], false);
  EXPECT_EQ(baseline["table"]["word"], baseline["table"]["most frequent sense"]);
  const auto left_out = senses(vectors, *tokenizer, train, {});
  EXPECT_EQ(left_out["lemmas"]["x"]["known"], 2);
}

TEST_F(SenseFiles, TheTableHasMicroAndMeanPerSenseBesideItsBaselines) {
  const std::string head = "lemma\tsense\tposition\ttokens\n";
  const auto train = read_senses(file("train.tsv", head + "x\tone\t1\ta x c\nx\tone\t1\ta x d\nx\tone\t1\tc x a\n"
                                                          "x\ttwo\t1\tb x d\nx\ttwo\t1\tb x c\ny\tonly\t0\ty a\n"));
  const auto test = read_senses(file("test.tsv", head + "x\tone\t1\ta x d\nx\tone\t1\ta x\nx\tone\t1\tc x a\n"
                                                        "x\ttwo\t1\tb x d\ny\tonly\t0\ty\n"));
  const auto tokenizer = words_of("a b c d x y");
  OneVector model(tokenizer->size());
  EmbeddingTable static_words({"a", "b", "c", "d"}, std::vector<float>{1, 0, 0, 1, 0.1F, 0.1F, 0.1F, 0.1F}, 2);
  const NeighbourSearch search(std::move(static_words));
  const auto result = senses(SentenceVectors(model, "model", {}), *tokenizer, test, train, {.words = &search});
  const auto& table = result["table"];
  const auto& frequent = table["most frequent sense"]["nearest"];
  EXPECT_NEAR(frequent["micro"].get<double>(), 4.0 / 5, 1e-9);
  EXPECT_NEAR(frequent["per_sense"].get<double>(), 2.0 / 3, 1e-9) << "x one, x two, y only";
  EXPECT_NEAR(frequent["per_lemma"].get<double>(), (3.0 / 4 + 1) / 2, 1e-9);
  EXPECT_EQ(table["word"]["nearest"], frequent) << "one vector answers the most frequent sense";
  for (const auto* row : {"bag of words", "mean vector of 10 words on each side"}) {
    EXPECT_EQ(table[row]["nearest"]["micro"], 1.0) << row;
    EXPECT_EQ(table[row]["centroid"]["per_sense"], 1.0) << row;
    EXPECT_EQ(result["lemmas"]["x"]["table"][row]["nearest"], 1.0) << row;
  }
  const auto out = senses(SentenceVectors(model, "model", {}), *tokenizer, train, {});
  EXPECT_TRUE(out["table"].contains("bag of words")) << "with all others known, too";
}

TEST_F(SenseFiles, BadTablesAreRefusedByLine) {
  const std::string head = "lemma\tsense\tposition\ttokens\n";
  const auto refused = [&](const std::string& content) {
    return error_of([&] { read_senses(file("x.tsv", content)); });
  };
  EXPECT_THAT(refused("a\tb\tc\n"), HasSubstr("names no column 'lemma'"));
  EXPECT_THAT(refused(head), HasSubstr("holds no occurrence"));
  EXPECT_THAT(refused(""), HasSubstr("holds no occurrence"));
  EXPECT_THAT(refused(head + "x\tone\t3\ta b x\n"), HasSubstr("line 2: lemma 'x', sense 'one', position '3' of 3"));
  EXPECT_THAT(refused(head + "x\tone\t-1\ta\n"), HasSubstr("position '-1'"));
  EXPECT_THAT(refused(head + "x\tone\tfirst\ta\n"), HasSubstr("position 'first'"));
  EXPECT_THAT(refused(head + "x\tone\n"), HasSubstr("line 2 has 2 columns"));
  EXPECT_THAT(refused(head + "x\tone\t0\ta \xff\n"), HasSubstr("is not UTF-8"));
  EXPECT_THAT(refused(std::string("a\0b", 3)), HasSubstr("is binary"));
}

TEST_F(SenseFiles, OccurrencesOfAWordAreDrawnAndCompared) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += i % 2 == 0 ? "so a x c c\n" : "oh b x c c\n";
  for (int i = 0; i < 200; ++i) text += "c c c c c\n";
  const auto tokenizer = words_of(text);
  const TextReader reader({file("text.txt", text).string()});
  const auto sample = sample_occurrences(reader, *tokenizer, {"x", "none", "a"}, {.most = 30});
  ASSERT_EQ(sample.words.size(), 2u);
  EXPECT_EQ(sample.left_out, (std::vector<std::string>{"none"}));
  EXPECT_EQ(sample.words[0].seen, 40);
  EXPECT_EQ(sample.words[0].occurrences.size(), 30u);
  EXPECT_EQ(sample.tokens, 1200);
  for (const auto& [line, position] : sample.words[0].occurrences) {
    EXPECT_EQ(line.words[static_cast<std::size_t>(position)], "x");
  }
  KnownContext model(tokenizer->size());
  const SentenceVectors vectors(model, "model", {});
  const auto result = measure_occurrences(vectors, *tokenizer, sample);
  EXPECT_EQ(result["layers"], (Json{"own", "context", "average"}));
  const auto& x = result["words"]["x"];
  EXPECT_NEAR(x["similarity"][0].get<double>(), 1, 1e-4);
  EXPECT_NEAR(x["similarity"][1].get<double>(), 0.5, 0.1) << "half of the pairs have the same word before them";
  EXPECT_LT(result["reference"][0].get<double>(), 1e-4) << "different words";
  EXPECT_GT(x["same_neighbour"].get<double>(), 0.99);
  EXPECT_NEAR(x["other_neighbour"].get<double>(), 0.5, 1e-3);
  std::size_t points = 0;
  for (const auto& group : x["map"]["groups"]) points += group["points"].size();
  EXPECT_EQ(points, 30u);
  EXPECT_EQ(x["map"]["groups"].size(), 2u) << x["map"].dump();
  EXPECT_EQ(x["farthest"][0]["cosine"], 0.5);
  EXPECT_THAT(x["farthest"][0]["a"].get<std::string>(), HasSubstr("*x*"));

  OneVector words(tokenizer->size());
  const auto one = measure_occurrences(SentenceVectors(words, "model", {}), *tokenizer, sample);
  EXPECT_EQ(one["words"]["x"]["similarity"], (Json{1.0}));
  EXPECT_THAT(error_of([&] { sample_occurrences(reader, *tokenizer, {"none"}, {}); }), HasSubstr("--words"));
}

TEST_F(SenseFiles, AWordInItsSentenceFindsOccurrencesLikeIt) {
  const auto text = file("text.txt", "a x c\nb x d\na c\n. x\n");
  const auto tokenizer = words_of("a b c d x .");
  KnownContext model(tokenizer->size());
  const SentenceVectors vectors(model, "model", {});
  const LayerChoice layer("context", vectors, model);
  const auto query = starred(*tokenizer, "c b *x*.");
  EXPECT_EQ(query.sentence.marked(query.position), "c b *x* .");
  const TextReader reader({text.string()});
  const auto found = nearest_in_context(vectors, layer, *tokenizer, query, reader, {.top = 2, .same_word = true});
  EXPECT_EQ(found.looked_at, 3);
  ASSERT_EQ(found.neighbours.size(), 2u);
  EXPECT_NEAR(found.neighbours[0].cosine, 1, 1e-6);
  const auto& [line, position] = found.neighbours[0].occurrence;
  EXPECT_EQ(line.marked(position), "b *x* d");
  EXPECT_NEAR(found.neighbours[1].cosine, 0, 1e-6);
  const auto any = nearest_in_context(vectors, layer, *tokenizer, query, reader, {.top = 100});
  EXPECT_EQ(any.looked_at, 9) << "all words, no signs";
  EXPECT_EQ(nearest_in_context(vectors, layer, *tokenizer, query, reader, {.occurrences = 4}).looked_at, 4);
  for (const auto* bad : {"no star", "one * star", "* x y *", "**", "*a* *b*"}) {
    EXPECT_THAT(error_of([&] { starred(*tokenizer, bad); }), HasSubstr("--in-context")) << bad;
  }
}

TEST_F(SenseFiles, ALongLineIsLookedAtInParts) {
  std::string line;
  for (int i = 0; i < 1000; ++i) line += i % 150 == 0 ? "x " : "a ";
  const auto tokenizer = words_of("a x");
  KnownContext model(tokenizer->size());
  const SentenceVectors vectors(model, "model", {});
  const TextReader reader({file("text.txt", line).string()});
  const auto found = nearest_in_context(vectors, LayerChoice("own", vectors, model), *tokenizer,
                                        starred(*tokenizer, "*x*"), reader, {.top = 50, .same_word = true});
  EXPECT_EQ(found.looked_at, 7);
  for (const auto& neighbour : found.neighbours) {
    EXPECT_NEAR(neighbour.cosine, 1, 1e-6);
    EXPECT_LE(neighbour.occurrence.sentence.size(), 201);
  }
}

}  // namespace
}  // namespace zoo
