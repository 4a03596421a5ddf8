// A model in the public format and its stored vectors: the fixture beside the project (allenai/allennlp @ 80fb606).
#include "tests/models/elmo/public_fixture.h"

namespace zoo::elmo {
namespace {

using testing::HasSubstr;

TEST_F(PublicElmoFixture, TopLayerVectorsAreTheStoredOnesWithTheStateCarried) {
  EXPECT_EQ(sentences_that_agree(*saved().model), 30);
}

TEST_F(PublicElmoFixture, TokenVectorsAreTheStoredOnes) {
  const auto run = saved(fixture() / "vocab_test.txt");
  const auto vectors = run.model->word_vectors()->vectors();  // [V, 16]
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
