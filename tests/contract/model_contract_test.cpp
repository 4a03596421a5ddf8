// What every model keeps, whatever it can do: identity, options, parts.
#include <set>

#include "tests/contract/contract.h"
#include "tests/support/paths.h"
#include "training/train_run.h"

namespace zoo::contract {
namespace {

TEST(ModelTable, NamesEachModelOnceByItsFolder) {
  std::set<std::string> names, variants;
  for (const ModelKind* kind : model_table()) {
    EXPECT_TRUE(names.emplace(kind->name()).second) << kind->name();
    EXPECT_TRUE(std::filesystem::is_directory(std::filesystem::path(ZOO_SOURCE_DIR) / "models" / kind->name()));
    EXPECT_FALSE(kind->title().empty());
    // A model without variants is no row of a comparison: it reads what others make, and has tests of its own.
    for (const Variant& variant : kind->variants()) {
      EXPECT_TRUE(variants.insert(variant.name).second) << variant.name << " stands twice";
      EXPECT_FALSE(variant.title.empty());
    }
  }
  EXPECT_FALSE(names.empty());
}

TEST(ModelTable, EveryConfigNamesOnlyOptionsThatThereAre) {
  int read = 0;
  for (const ModelKind* kind : model_table()) {
    const auto folder = std::filesystem::path(ZOO_SOURCE_DIR) / "models" / kind->name() / "configs";
    if (!std::filesystem::is_directory(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      const auto file = entry.path().string();
      EXPECT_NO_THROW(RunOptions(*kind).read_config(read_json(file), file)) << file;
      ++read;
    }
  }
  EXPECT_GT(read, 10);
}

TEST_P(ModelContract, OptionsComeBackFromJson) {
  const auto model = make();
  const Json options = model->options();
  const auto again = GetParam().kind->create(options, saved_vocabulary());
  EXPECT_EQ(again->options(), options);
  const auto wanted = GetParam().options();
  for (const auto& [key, value] : wanted.items()) EXPECT_EQ(options.at(key), value) << key;
}

TEST_P(ModelContract, AnUnknownOptionIsRefusedWithItsPath) {
  Json options = GetParam().options();
  options["no_such_option"] = 1;
  try {
    GetParam().kind->create(options, saved_vocabulary());
    FAIL() << "it was taken";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("model.no_such_option"), std::string::npos) << error.what();
  }
}

TEST_P(ModelContract, PartsGoThroughAFileToTheBit) {
  const auto model = trained();
  const Parts saved = through_file(*model);
  expect_same_bytes(sorted(model->parts()), sorted(saved));
  const auto copy = GetParam().kind->create(GetParam().options(), saved_vocabulary());
  copy->load_parts(saved);
  expect_same_bytes(model->parts(), copy->parts());
  if (model->next_word() != nullptr) {
    State state, other_state;
    EXPECT_TRUE(torch::equal(model->next_word()->score(stream(words(50)), state),
                             copy->next_word()->score(stream(words(50)), other_state)));
  }
}

TEST_P(ModelContract, ForeignAndMissingPartsAreRefused) {
  const auto model = trained();
  Parts parts = through_file(*model);
  Parts foreign = parts;
  foreign.emplace_back("no.such.tensor", torch::zeros({2}));
  EXPECT_THROW(make()->load_parts(foreign), Error);
  parts.pop_back();
  EXPECT_THROW(make()->load_parts(parts), Error);
}

TEST_P(ModelContract, TheSameSeedGivesTheSameBytes) {
  const auto first = trained(), second = trained();
  expect_same_bytes(first->parts(), second->parts());
}

class WordVectorsContract : public ModelContract {};

TEST_P(WordVectorsContract, AreAPartOfTheirShape) {
  const auto model = trained();
  const Tensor vectors = model->word_vectors()->vectors();  // [V, D]
  ASSERT_EQ(vectors.dim(), 2);
  EXPECT_EQ(vectors.size(0), kVocabulary);
  EXPECT_EQ(vectors.scalar_type(), torch::kFloat);
  bool found = false;
  for (const auto& [name, tensor] : model->parts()) {
    if (name != model->word_vectors()->word_vectors_part()) continue;
    found = true;
    EXPECT_TRUE(torch::equal(tensor, vectors));
  }
  EXPECT_TRUE(found) << model->word_vectors()->word_vectors_part() << " is not among the parts";
}

INSTANTIATE_TEST_SUITE_P(Models, ModelContract, testing::ValuesIn(subjects()), name_of);
INSTANTIATE_TEST_SUITE_P(Models, WordVectorsContract,
                         testing::ValuesIn(subjects_with([](Model& m) { return m.word_vectors() != nullptr; })),
                         name_of);

}  // namespace
}  // namespace zoo::contract
