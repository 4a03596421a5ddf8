// Vectors of a text's words, against a model each of whose numbers is known.
#include "evaluation/embed.h"

#include <cmath>
#include <fstream>

#include "base/files.h"
#include "formats/hdf5.h"
#include "formats/npy.h"
#include "models/saved_model.h"
#include "tests/evaluation/context_fixture.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class Embed : public testing::Test {
 protected:
  std::string text(const std::string& content) const {
    const auto path = (folder_.path() / "text.txt").string();
    std::ofstream(path) << content;
    return path;
  }
  Json run(const std::string& content, const std::string& layer, const EmbedSettings& settings,
           const std::string& output, bool sentence_keys = false) {
    const SentenceVectors vectors(model_, "model", {});
    const LayerChoice choice(layer, vectors, model_);
    const EmbedShape shape{choice.all() ? vectors.layers() : std::vector<std::string>{choice.name()}, choice.all(),
                           vectors.width(), sentence_keys};
    const auto file = make_embed_output(folder_.path() / output, shape);
    return embed(vectors, *tokenizer_, choice, text(content), settings, *file);
  }
  /// The last number of the first word of each line: how many rows its slot had read.
  std::vector<float> read_before(CarriedState state, std::int64_t batch, const std::string& content) {
    run(content, "context", {.state = state, .batch_size = batch}, "x.hdf5");
    const Hdf5File file(folder_.path() / "x.hdf5");
    std::vector<float> result;
    for (int line = 0; file.has(std::to_string(line)); ++line) {
      const auto numbers = file.floats(std::to_string(line));
      result.push_back(numbers.empty() ? -1 : numbers[static_cast<std::size_t>(model_.context_width()) - 1]);
    }
    return result;
  }
  std::int64_t id(const std::string& word) const { return tokenizer_->id(word).value(); }

  TemporaryFolder folder_;
  std::shared_ptr<const Tokenizer> tokenizer_ = words_of("a b c d");
  KnownContext model_{tokenizer_->size()};
};

TEST_F(Embed, Hdf5HasADatasetForEachLineAndTellsWhichSentenceIsWhere) {
  const auto facts = run("a b\n\n  c \nd zebra\na b\n", "all", {}, "x.hdf5");
  EXPECT_EQ(facts["lines"], 5);
  EXPECT_EQ(facts["words"], 7);
  EXPECT_EQ(facts["lines_without_words"], 1);
  EXPECT_EQ(facts["unknown_words"], 1);
  const Hdf5File file(folder_.path() / "x.hdf5");
  const auto width = model_.context_width();
  EXPECT_EQ(file.shape("0"), (std::vector<std::int64_t>{2, 2, width}));
  EXPECT_EQ(file.shape("1"), (std::vector<std::int64_t>{2, 0, width}));
  EXPECT_EQ(file.shape("2"), (std::vector<std::int64_t>{2, 1, width}));
  const auto numbers = file.floats("0");
  const auto at = [&](std::int64_t layer, std::int64_t word, std::int64_t place) {
    return numbers[static_cast<std::size_t>((layer * 2 + word) * width + place)];
  };
  EXPECT_EQ(at(0, 1, id("b")), 1);
  EXPECT_EQ(at(1, 1, id("a")), 1);
  EXPECT_EQ(at(1, 1, id("b")), 0);
  const auto indices = Json::parse(file.text("sentence_to_index"));
  EXPECT_EQ(indices.size(), 4u);
  EXPECT_EQ(indices["a b"], "4") << "of two the last";
  EXPECT_EQ(indices["c"], "2");
  EXPECT_EQ(indices["d zebra"], "3");
}

TEST_F(Embed, NpyHasTheWordsOfAllLinesAndBesideThemHowManyEachLineHas) {
  run("a b\n\nc\n", "all", {.batch_size = 2}, "x.npy");
  const NpyFile file(folder_.path() / "x.npy");
  const auto width = model_.context_width();
  EXPECT_EQ(file.array().shape, (std::vector<std::int64_t>{3, 2, width}));
  const auto numbers = to_floats(file.array());
  EXPECT_EQ(numbers[static_cast<std::size_t>((2 * 2 + 0) * width + id("c"))], 1);
  EXPECT_EQ(numbers[static_cast<std::size_t>((1 * 2 + 1) * width + id("a"))], 1);
  const auto lengths = read_file(folder_.path() / "x.lengths.npy");
  ASSERT_EQ(lengths.size(), 128u + 3 * 8);
  const std::int64_t wanted[] = {2, 0, 1};
  EXPECT_EQ(lengths.substr(128), std::string_view(reinterpret_cast<const char*>(wanted), sizeof wanted));
  run("a b\n\nc\n", "1", {}, "y.npy");
  EXPECT_EQ(NpyFile(folder_.path() / "y.npy").array().shape, (std::vector<std::int64_t>{3, width}));
}

TEST_F(Embed, JsonHasAnObjectForEachLine) {
  run("a zebra\n\n", "average", {}, "x.jsonl");
  std::istringstream lines(read_file(folder_.path() / "x.jsonl"));
  std::string line;
  std::getline(lines, line);
  const auto first = Json::parse(line);
  EXPECT_EQ(first["line"], 0);
  EXPECT_EQ(first["layer"], "average");
  EXPECT_EQ(first["words"], (Json{"a", "zebra"}));
  EXPECT_EQ(first["vectors"][0][static_cast<std::size_t>(id("a"))], 0.5);
  EXPECT_EQ(first["vectors"][1][kUnknown], 0.5);
  std::getline(lines, line);
  EXPECT_EQ(Json::parse(line)["vectors"], Json::array());
  run("a\n", "all", {}, "y.jsonl");
  const auto all = Json::parse(read_file(folder_.path() / "y.jsonl"));
  EXPECT_EQ(all["layers"], (Json{"own", "context"}));
  EXPECT_EQ(all["vectors"].size(), 2u);
}

TEST_F(Embed, StateIsResetCarriedOrWarmed) {
  const std::string text = "a\nb\n\nc\nd\na\n";
  EXPECT_EQ(read_before(CarriedState::reset, 2, text), (std::vector<float>{0, 0, -1, 0, 0, 0}));
  EXPECT_EQ(read_before(CarriedState::carried, 1, text), (std::vector<float>{0, 1, -1, 2, 3, 4}));
  EXPECT_EQ(read_before(CarriedState::carried, 2, text), (std::vector<float>{0, 0, -1, 1, 1, 2}));
  EXPECT_EQ(read_before(CarriedState::warm, 2, text), (std::vector<float>{1, 1, -1, 2, 2, 3}));
  EXPECT_EQ(read_before(CarriedState::carried, 64, text), (std::vector<float>{0, 0, -1, 0, 0, 0}));
  model_ = KnownContext(tokenizer_->size(), /*carries=*/false);
  EXPECT_EQ(read_before(CarriedState::carried, 1, text), (std::vector<float>{0, 0, -1, 0, 0, 0}));
}

TEST_F(Embed, DatasetsCanBeNamedByTheirSentences) {
  run("a b\n\n  c \na b\nd a / b\n", "own", {}, "x.hdf5", true);
  const Hdf5File file(folder_.path() / "x.hdf5");
  const auto width = model_.context_width();
  EXPECT_EQ(file.names(), (std::vector<std::string>{"a b", "c", "d a "})) << "h5py takes a slash for a group, too";
  EXPECT_EQ(file.shape("a b"), (std::vector<std::int64_t>{2, width}));
  EXPECT_EQ(file.shape("c"), (std::vector<std::int64_t>{1, width}));
  EXPECT_EQ(file.shape("d a / b"), (std::vector<std::int64_t>{4, width}));
  EXPECT_THAT(error_of([&] { run("a b\na b/c\n", "own", {}, "y.hdf5", true); }),
              AllOf(HasSubstr("'a b/c' cannot be made"), HasSubstr("line 2; --keys lines")));
  EXPECT_FALSE(fs::exists(folder_.path() / "y.hdf5"));
  EXPECT_THAT(error_of([&] { run("a b\n", "own", {}, "x.npy", true); }), HasSubstr("--keys sentences"));
}

TEST_F(Embed, LinesOfOneLengthAreReadTogetherAndWrittenInTheirOrder) {
  std::string text;
  std::vector<std::int64_t> lengths;
  for (int line = 0; line < 40; ++line) {
    lengths.push_back((line * 7) % 5);
    for (std::int64_t word = 0; word < lengths.back(); ++word) text += "abcd"[(line + word) % 4], text += ' ';
    text += "\n";
  }
  run(text, "own", {.batch_size = 8}, "x.hdf5");
  for (std::size_t i = 0; i < model_.batches.size(); ++i) {
    EXPECT_EQ(model_.batches[i], 8) << "32 lines have words";
    EXPECT_EQ(model_.shortest[i], model_.longest[i]) << "8 lines each of 1, 2, 3 and 4 words";
  }
  const Hdf5File file(folder_.path() / "x.hdf5");
  for (int line = 0; line < 40; ++line) {
    const auto length = lengths[static_cast<std::size_t>(line)];
    ASSERT_EQ(file.shape(std::to_string(line)), (std::vector<std::int64_t>{length, model_.context_width()}));
    const auto numbers = file.floats(std::to_string(line));
    for (std::int64_t word = 0; word < length; ++word) {
      const auto piece = id(std::string(1, "abcd"[(line + word) % 4]));
      EXPECT_EQ(numbers[static_cast<std::size_t>(word * model_.context_width() + piece)], 1) << line;
    }
  }
}

TEST_F(Embed, ALineHasTheMeanOfItsLastLayerAndIsReadBesideOthersOfItsLength) {
  for (const bool unit : {false, true}) {
    run("a b c\n\nb\nc b a\n", "average", {.batch_size = 2, .mean = true, .unit = unit}, "x.npy");
    const auto width = model_.context_width();
    const NpyFile file(folder_.path() / "x.npy");
    ASSERT_EQ(file.array().shape, (std::vector<std::int64_t>{4, width}));
    const auto numbers = to_floats(file.array());
    const auto at = [&](std::int64_t line, std::int64_t place) {
      return numbers[static_cast<std::size_t>(line * width + place)];
    };
    const double part = unit ? std::sqrt(1.0 / 3) : 1.0 / 3;
    for (const auto place : {std::int64_t{kBegin}, id("a"), id("b")}) EXPECT_NEAR(at(0, place), part, 1e-6);
    for (std::int64_t place = 0; place < width; ++place) EXPECT_EQ(at(1, place), 0) << "no word, no mark";
    EXPECT_EQ(at(2, kBegin), 1);
    EXPECT_EQ(at(3, id("a")), 0);
    EXPECT_NEAR(at(3, id("c")), part, 1e-6);
  }
  EXPECT_EQ(model_.longest, (std::vector<std::int64_t>{1, 3, 1, 3}));
}

TEST_F(Embed, AMixCanBeThatOfATagger) {
  const SentenceVectors vectors(model_, "model", {});
  const auto width = model_.context_width();
  const Parts learned = {{"mix.scalars", torch::log(torch::tensor({1.0F, 3.0F}))},
                         {"mix.gamma", torch::tensor({2.0F})},
                         {"mean", torch::ones({2, width})},
                         {"deviation", torch::full({2, width}, 4.0F)}};
  const auto x = torch::randn({2, 1, 3, width});
  const auto mixed = LayerChoice("mix", vectors, model_, learned).of(x);
  EXPECT_LT((mixed[0] - 2 * (0.25 * (x[0] - 1) / 4 + 0.75 * (x[1] - 1) / 4)).abs().max().item<double>(), 1e-6);
  auto other = learned;
  other[2].second = torch::ones({2, width + 1});
  EXPECT_THAT(error_of([&] { LayerChoice("mix", vectors, model_, other); }), HasSubstr("learned on other vectors"));
  EXPECT_THAT(error_of([&] { LayerChoice("average", vectors, model_, learned); }), HasSubstr("--mix: is for --layer"));
  EXPECT_THAT(error_of([&] { parts_with_mix((folder_.path() / "none").string()); }), HasSubstr("none"));
}

TEST_F(Embed, AMixIsTakenFromARunThatHasOneWithoutTheLayerNorm) {
  const auto path = folder_.path() / "tagger";
  auto run = RunFolder::create(path);
  const auto write = [&](const Parts& parts, bool norm) {
    run.write_config({{"format_version", kRunFormatVersion}, {"model", {{"kind", "tagger"}, {"mix_norm", norm}}}});
    save_tensors(run.weights_file(), parts);
  };
  const Parts mix = {{"mix.scalars", torch::zeros({2})}, {"mix.gamma", torch::ones({1})}};
  write(mix, false);
  EXPECT_EQ(parts_with_mix(path.string()).size(), 2u);
  write(mix, true);
  EXPECT_THAT(error_of([&] { parts_with_mix(path.string()); }), HasSubstr("train it without --mix-norm"));
  write({{"output_mix.scalars", torch::zeros({2})}}, false);
  EXPECT_THAT(error_of([&] { parts_with_mix(path.string()); }), HasSubstr("has learned no weights of layers"));
}

TEST_F(Embed, LongLinesAreNotReadBesideOneAnother) {
  std::string text;
  for (int line = 0; line < 6; ++line) {
    for (int word = 0; word < (line % 2 == 0 ? 1 : 6000); ++word) text += "a ";
    text += "\n";
  }
  run(text, "own", {.batch_size = 32}, "x.npy");
  for (const auto rows : model_.batches) EXPECT_LE(rows, 3);
  EXPECT_EQ(NpyFile(folder_.path() / "x.npy").array().shape[0], 3 + 3 * 6000);
}

TEST_F(Embed, ALineOfTooManyWordsIsRefusedAndNothingIsLeft) {
  std::string line;
  for (int word = 0; word < 70'000; ++word) line += "a ";
  for (const auto* output : {"x.npy", "x.hdf5", "x.jsonl"}) {
    EXPECT_THAT(error_of([&] { run("a\n" + line + "\n", "own", {}, output); }),
                HasSubstr("text.txt: line 2: 70000 words are more than 65536"));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << output;
  }
}

TEST_F(Embed, BadTextIsRefusedByLine) {
  EXPECT_THAT(error_of([&] { run("a\nb \xff\n", "own", {}, "x.npy"); }), HasSubstr("line 2, byte 3"));
  EXPECT_THAT(error_of([&] { run("", "own", {}, "x.npy"); }), HasSubstr("holds no line"));
  EXPECT_FALSE(fs::exists(folder_.path() / "x.npy"));
  EXPECT_EQ(run("\n\n", "own", {}, "x.hdf5")["lines_without_words"], 2);
}

TEST_F(Embed, AnEndingChoosesTheFormat) {
  EXPECT_THAT(error_of([&] { make_embed_output("x.txt", {{"own"}, false, 3}); }), HasSubstr(".npy, .hdf5 or .jsonl"));
}

TEST_F(Embed, LayersAreChosenByNumberOrNameAndAMixMustHaveBeenLearned) {
  const SentenceVectors vectors(model_, "model", {});
  EXPECT_EQ(LayerChoice("1", vectors, model_).name(), "context");
  EXPECT_EQ(LayerChoice("own", vectors, model_).name(), "own");
  EXPECT_THAT(error_of([&] { LayerChoice("2", vectors, model_); }), HasSubstr("one of 0 … 1: own, context"));
  EXPECT_THAT(error_of([&] { LayerChoice("top", vectors, model_); }), HasSubstr("--layer top"));
  EXPECT_THAT(error_of([&] { LayerChoice("mix", vectors, model_); }), HasSubstr("--layer average"));
  model_.mix = {{"mix.scalars", torch::log(torch::tensor({1.0F, 3.0F}))}, {"mix.gamma", torch::tensor({2.0F})}};
  const auto mixed = LayerChoice("mix", vectors, model_).of(torch::tensor({1.0F, 5.0F}).view({2, 1, 1, 1}));
  EXPECT_NEAR(mixed.item<float>(), 2 * (0.25 * 1 + 0.75 * 5), 1e-5);
  const auto average = LayerChoice("average", vectors, model_).of(torch::tensor({1.0F, 5.0F}).view({2, 1, 1, 1}));
  EXPECT_NEAR(average.item<float>(), 3, 1e-6);
}

TEST_F(Embed, AWordOfSeveralPiecesGetsTheirMean) {
  const auto trainer = make_tokenizer_trainer({.type = "word", .min_count = 1, .split = "punctuation"});
  trainer->add("a - b c");
  tokenizer_ = trainer->finish();
  model_ = KnownContext(tokenizer_->size());
  run("c a-b\n", "own", {.pretokenised = true}, "x.jsonl");
  const auto line = Json::parse(read_file(folder_.path() / "x.jsonl"));
  EXPECT_EQ(line["words"], (Json{"c", "a-b"}));
  for (const auto* piece : {"a", "-", "b"}) {
    EXPECT_NEAR(line["vectors"][1][static_cast<std::size_t>(id(piece))].get<double>(), 1.0 / 3, 1e-6) << piece;
  }
  EXPECT_EQ(line["vectors"][0][static_cast<std::size_t>(id("c"))], 1.0);
}

TEST_F(Embed, OneVectorAWordIsALayerToo) {
  OneVector words(tokenizer_->size());
  const SentenceVectors vectors(words, "model", {});
  EXPECT_FALSE(vectors.contextual());
  EXPECT_EQ(vectors.layers(), (std::vector<std::string>{"word"}));
  State state;
  const WordLine lines[] = {raw_line(*tokenizer_, "a b"), raw_line(*tokenizer_, "b")};
  const auto x = vectors.read(lines, state);
  EXPECT_EQ(x.sizes(), (std::vector<std::int64_t>{1, 2, 2, tokenizer_->size()}));
  EXPECT_TRUE(torch::equal(x[0][0][1], x[0][1][0]));
  EXPECT_EQ(x[0][1][1].abs().sum().item<float>(), 0);
}

TEST(WordLine, WordsKeepTheirSpellingWhereTheVocabularyLacksThem) {
  const auto tokenizer = words_of("a b");
  const auto line = raw_line(*tokenizer, "a  zebra b");
  EXPECT_EQ(line.words, (std::vector<std::string>{"a", "zebra", "b"}));
  EXPECT_EQ(line.pieces[1], kUnknown);
  EXPECT_EQ(line.marked(1), "a *zebra* b");
  EXPECT_EQ(line.slice(1, 3).marked(1), "zebra *b*");
  const auto long_word = raw_line(*tokenizer, std::string(10'000, 'x') + " a");
  EXPECT_EQ(long_word.size(), 2);
  EXPECT_TRUE(raw_line(*tokenizer, "  ").pieces.empty());
  EXPECT_EQ(pretokenised_line(*tokenizer, "</s> a").pieces[0], kUnknown) << "text makes no special token";
}

}  // namespace
}  // namespace zoo
