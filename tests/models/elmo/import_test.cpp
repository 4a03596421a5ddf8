// A model in the public format and its stored vectors: the fixture beside the project (allenai/allennlp @ 80fb606).
#include "models/elmo/import.h"

#include <cstdlib>

#include "base/files.h"
#include "formats/hdf5.h"
#include "models/elmo/elmo.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::elmo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

fs::path fixture() {
  const char* shared = std::getenv("ZOO_SHARED");
  return fs::path(shared != nullptr ? shared : ZOO_SOURCE_DIR "/../shared") / "fixtures" / "elmo";
}

class PublicElmoFixture : public testing::Test {
 protected:
  void SetUp() override {
    if (fs::exists(fixture() / "options.json")) return;
    if (std::getenv("CI") != nullptr) FAIL() << fixture() << " is missing";
    GTEST_SKIP() << fixture() << " is missing";
  }

  /// The fixture as a run with its list of words, opened.
  SavedModel saved(const fs::path& words = {}) const {
    const PublicFiles files{fixture() / "options.json", fixture() / "lm_weights.hdf5"};
    import_elmo(files, words, folder_.path() / "run");
    const ModelKind* kinds[] = {&kind()};
    return load_run(folder_.path() / "run", kinds);
  }

  TemporaryFolder folder_;
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// Rows of words of which the vocabulary knows none: all are read by their letters.
WordRows spelled_rows(const std::vector<std::string>& lines) {
  WordRows rows;
  std::int64_t width = 0;
  rows.lengths = torch::empty({std::ssize(lines)}, torch::kInt64);
  for (const auto& line : lines) {
    rows.spellings.push_back(split(line));
    const auto length = std::ssize(rows.spellings.back());
    rows.lengths[std::ssize(rows.spellings) - 1] = length;
    width = std::max<std::int64_t>(width, length);
  }
  rows.words = torch::full({std::ssize(lines), width}, std::int64_t{kUnknown}, torch::kInt64);
  return rows;
}

Tensor stored(const Hdf5File& file, const std::string& name) {
  auto numbers = file.floats(name);
  return torch::from_blob(numbers.data(), file.shape(name), torch::kFloat).clone();
}

TEST_F(PublicElmoFixture, TopLayerVectorsAreTheStoredOnesWithTheStateCarried) {
  const auto model = std::move(saved().model);
  const auto lists = read_json(fixture() / "sentences.json").get<std::vector<std::vector<std::string>>>();
  std::vector<Hdf5File> expected;
  for (std::size_t k = 0; k < lists.size(); ++k) {
    expected.emplace_back(fixture() / fmt::format("lm_embeddings_{}.hdf5", k));
  }
  State state;
  int compared = 0;
  for (std::size_t i = 0; i < lists[0].size(); ++i) {
    std::vector<std::string> lines;
    for (const auto& list : lists) lines.push_back(list[i]);
    const auto rows = spelled_rows(lines);
    const auto vectors = model->context_vectors()->context_vectors(rows, state);  // [3, B, T, 32]
    for (std::size_t k = 0; k < lists.size(); ++k) {
      const auto row = static_cast<std::int64_t>(k), length = rows.lengths[row].item<std::int64_t>();
      const auto top = vectors[2][row].narrow(0, 0, length);                          // [T, 32]
      const auto both = torch::stack({top.narrow(1, 0, 16), top.narrow(1, 16, 16)});  // [2, T, 16]
      const auto wanted = stored(expected[k], std::to_string(i));
      ASSERT_EQ(both.sizes(), wanted.sizes());
      EXPECT_TRUE(torch::allclose(both, wanted, 1e-5, 1e-6))
          << "list " << k << ", sentence " << i << ": off by " << (both - wanted).abs().max().item<double>();
      ++compared;
    }
  }
  EXPECT_EQ(compared, 30);
}

TEST_F(PublicElmoFixture, TokenVectorsAreTheStoredOnes) {
  const auto run = saved(fixture() / "vocab_test.txt");
  const auto vectors = run.model->word_vectors()->word_vectors();  // [V, 16]
  const auto wanted = stored(Hdf5File(fixture() / "elmo_token_embeddings.hdf5"), "embedding");
  std::istringstream lines(read_file(fixture() / "vocab_test.txt"));
  std::int64_t row = 0;
  for (std::string word; std::getline(lines, word); ++row) {
    const auto id = word == "<S>" ? kBegin : word == "</S>" ? kEnd : run.tokenizer->id(word).value();
    EXPECT_TRUE(torch::allclose(vectors[id], wanted[row], 1e-5, 1e-6)) << word;
  }
  EXPECT_EQ(row, wanted.size(0));
}

TEST_F(PublicElmoFixture, AnImportedModelGivesVectorsAndNothingElse) {
  const auto run = saved();
  EXPECT_EQ(run.config.at("model").at("kind"), "elmo");
  EXPECT_TRUE(run.run.finished());
  EXPECT_EQ(run.model->differentiable(), nullptr);
  EXPECT_EQ(run.model->next_word(), nullptr);
  EXPECT_EQ(run.model->cloze(), nullptr);
  EXPECT_EQ(run.model->context_vectors()->context_width(), 32);
}

/// The fixture's options with one key changed, beside its weights.
std::string refusal(const fs::path& folder, const std::string& key, const Json& value) {
  auto options = read_json(fixture() / "options.json");
  options[Json::json_pointer("/" + key)] = value;
  write_json(folder / "options.json", options);
  return error_of([&] { read_public_elmo(folder / "options.json", fixture() / "lm_weights.hdf5"); });
}

TEST_F(PublicElmoFixture, OptionsThatDisagreeWithTheWeightsAreRefusedWithWhatWasExpected) {
  const auto wide = refusal(folder_.path(), "lstm/dim", 32);
  EXPECT_THAT(wide, HasSubstr("LSTMCell/W_0' has shape (32, 256), (32, 128) was expected"));
  EXPECT_THAT(wide, HasSubstr("options.json"));
  EXPECT_THAT(refusal(folder_.path(), "lstm/n_layers", 3), HasSubstr("Cell2/LSTMCell/W_0' is missing"));
  EXPECT_THAT(refusal(folder_.path(), "char_cnn/filters", Json::parse("[[1, 4], [3, 8]]")),
              HasSubstr("'CNN/W_cnn_1' has shape (1, 2, 4, 8), (1, 3, 4, 8) was expected"));
  EXPECT_THAT(refusal(folder_.path(), "char_cnn/n_characters", 300), HasSubstr("char_cnn/n_characters is 300"));
  EXPECT_THAT(refusal(folder_.path(), "lstm/dim", "many"), HasSubstr("lstm/dim is \"many\""));
  EXPECT_THAT(refusal(folder_.path(), "lstm/dim", -4), HasSubstr("cell"));
  EXPECT_THAT(refusal(folder_.path(), "char_cnn", nullptr), HasSubstr("is missing"));
}

TEST_F(PublicElmoFixture, WeightsThatAreCutShortOrForeignAreRefused) {
  const auto whole = read_file(fixture() / "lm_weights.hdf5");
  const auto file = folder_.path() / "weights.hdf5";
  for (const auto bytes : {0UL, 7UL, 300UL, whole.size() / 2, whole.size() - 1}) {
    write_file_atomically(file, whole.substr(0, bytes));
    EXPECT_THAT(error_of([&] { read_public_elmo(fixture() / "options.json", file); }), HasSubstr("weights.hdf5"));
  }
  EXPECT_THAT(error_of([&] { read_public_elmo(fixture() / "options.json", fixture() / "options.json"); }),
              HasSubstr("is no HDF5 file"));
  EXPECT_THAT(error_of([&] { read_public_elmo(folder_.path() / "none.json", file); }), HasSubstr("none.json"));
}

TEST_F(PublicElmoFixture, AVocabularyOfSeveralWordsALineOrOfBytesIsRefused) {
  const auto words = folder_.path() / "words.txt";
  write_file_atomically(words, "one\ntwo words\n");
  EXPECT_THAT(error_of([&] { saved(words); }), HasSubstr("'two words' is more than one word"));
  write_file_atomically(words, "\xff\xfe");
  EXPECT_THAT(error_of([&] { saved(words); }), HasSubstr("is no UTF-8 text"));
}

TEST(PublicElmo, AFolderMustHoldOneOfEachFile) {
  const TemporaryFolder folder;
  EXPECT_THAT(error_of([&] { find_public_files(folder.path()); }), HasSubstr("0 files *options.json"));
  write_file_atomically(folder.path() / "elmo_options.json", "{}");
  write_file_atomically(folder.path() / "elmo_weights.hdf5", "");
  EXPECT_EQ(find_public_files(folder.path()).weights.filename(), "elmo_weights.hdf5");
  write_file_atomically(folder.path() / "other_weights.hdf5", "");
  EXPECT_THAT(error_of([&] { find_public_files(folder.path()); }), HasSubstr("2 files *weights.hdf5"));
  EXPECT_THAT(error_of([&] { find_public_files(folder.path() / "none"); }), HasSubstr("none"));
}

}  // namespace
}  // namespace zoo::elmo
