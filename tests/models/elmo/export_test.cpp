// ELMo in the public format, out and in again.
#include "models/elmo/export.h"

#include <fmt/ranges.h>

#include <map>

#include "tests/models/elmo/public_fixture.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo::elmo {
namespace {

using testing::HasSubstr;
using Datasets = std::map<std::string, Tensor>;

/// All of a file's datasets by their paths.
void collect(const Hdf5File& file, const std::string& group, Datasets& datasets) {
  for (const auto& name : file.names(group)) {
    const auto path = group == "/" ? name : group + "/" + name;
    if (file.names(path).empty()) {
      datasets[path] = stored(file, path);
    } else {
      collect(file, path, datasets);
    }
  }
}
Datasets datasets_of(const fs::path& path) {
  Datasets datasets;
  collect(Hdf5File(path), "/", datasets);
  return datasets;
}

void write(const fs::path& path, const Datasets& datasets) {
  std::vector<Hdf5Dataset> list;
  for (const auto& [name, tensor] : datasets) {
    list.push_back(
        {name, tensor.sizes().vec(), {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())}});
  }
  write_hdf5(path, list);
}

Json options_of_size(const Json& more) {
  Json options = {{"character_dim", 3},
                  {"filter_widths", {1, 3}},
                  {"filter_counts", {4, 6}},
                  {"max_characters", 9},
                  {"projection", 8},
                  {"cell", 12},
                  {"layers", 2},
                  {"highways", 1},
                  {"cell_clip", 0.5},
                  {"projection_clip", 0.4},
                  {"dropout", 0.0},
                  {"softmax", "none"}};
  options.update(more);
  return options;
}

class ExportElmo : public testing::Test {
 protected:
  std::unique_ptr<Model> model(const Json& more = Json::object()) const {
    auto made = kind().create(options_of_size(more), vocabulary_of(*tokenizer_));
    torch::manual_seed(7);
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : made->parts()) {
      if (name == "word_vectors.weight") continue;
      tensor.normal_(0, 0.5);
      if (name.ends_with("embedding.weight")) tensor[0].zero_();
    }
    return made;
  }
  SavedModel imported(const fs::path& from) const {
    const auto to = folder_.path() / fmt::format("run{}", runs_++);
    import_elmo(find_public_files(from), from / "vocabulary.txt", to);
    const ModelKind* kinds[] = {&kind()};
    return load_run(to, kinds);
  }
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  static std::shared_ptr<const Tokenizer> words() {
    const auto trainer = make_tokenizer_trainer({.type = "word", .min_count = 1, .split = "whitespace"});
    trainer->add("a the naïve plays extraordinarily 漢字 .");
    return trainer->finish();
  }

  TemporaryFolder folder_;
  mutable int runs_ = 0;
  std::shared_ptr<const Tokenizer> tokenizer_ = words();
};

TEST_F(ExportElmo, WhatIsReadAgainIsTheSameToTheBit) {
  int number = 0;
  for (const Json& more :
       {Json::object(), Json{{"skip", false}}, Json{{"activation", "tanh"}}, Json{{"max_characters", 50}},
        Json{{"layers", 1}, {"highways", 0}}, Json{{"layers", 3}, {"highways", 3}}, Json{{"projection", 12}},
        Json{{"projection", 10}}, Json{{"projection", 16}}, Json{{"cell_clip", 0.0}, {"projection_clip", 0.0}}}) {
    const auto before = model(more);
    const auto folder = path(fmt::format("public{}", number++));
    EXPECT_EQ(export_elmo(*before, *tokenizer_, folder).size(), 3u);
    const auto after = imported(folder);
    for (const auto* key : {"skip", "activation", "max_characters", "layers", "highways", "projection", "cell",
                            "cell_clip", "projection_clip", "filter_widths", "filter_counts"}) {
      EXPECT_EQ(after.model->options()[key], before->options()[key]) << key << " " << more;
    }
    std::map<std::string, Tensor> parts;
    for (const auto& [name, tensor] : after.model->parts()) parts[name] = tensor;
    for (const auto& [name, tensor] : before->parts()) {
      if (name == "word_vectors.weight") continue;  // of other places in the vocabulary
      ASSERT_TRUE(parts.contains(name)) << name;
      EXPECT_TRUE(torch::equal(parts[name], tensor)) << name << " " << more;
    }
    const auto rows = spelled_rows({"the naïve zebra plays", "extraordinarily"});
    State one, other;
    EXPECT_TRUE(torch::equal(before->context_vectors()->context_vectors(rows, one),
                             after.model->context_vectors()->context_vectors(rows, other)))
        << more;
  }
}

TEST_F(ExportElmo, TheVocabularyComesAlong) {
  export_elmo(*model(), *tokenizer_, path("public"));
  const auto after = imported(path("public"));
  EXPECT_EQ(after.tokenizer->size(), tokenizer_->size());
  EXPECT_TRUE(after.tokenizer->id("naïve").has_value());
}

TEST_F(ExportElmo, AModelWithASoftmaxGivesItsEncoder) {
  const auto before = model({{"softmax", "full"}});
  export_elmo(*before, *tokenizer_, path("public"));
  const auto after = imported(path("public"));
  EXPECT_EQ(after.model->next_word(), nullptr);
  const auto rows = spelled_rows({"a the"});
  State one, other;
  EXPECT_TRUE(torch::equal(before->context_vectors()->context_vectors(rows, one),
                           after.model->context_vectors()->context_vectors(rows, other)));
}

TEST_F(ExportElmo, RefusesAModelWithoutLettersAndAFolderOfAnother) {
  EXPECT_THAT(error_of([&] {
                export_elmo(*model({{"token_layer", "words"}}), *tokenizer_, path("x"));
              }),
              HasSubstr("letters"));
  fs::create_directory(path("taken"));
  write_file_atomically(path("taken") / "other_weights.hdf5", "");
  EXPECT_THAT(error_of([&] { export_elmo(*model(), *tokenizer_, path("taken")); }), HasSubstr("other_weights.hdf5"));
}

TEST_F(ExportElmo, ADatasetThatIsMissingOrMisshapenIsNamedWithWhatWasExpected) {
  export_elmo(*model(), *tokenizer_, path("public"));
  const auto all = datasets_of(path("public") / "weights.hdf5");
  EXPECT_EQ(all.size(), 1u + 2 * 2 + 4 + 2 + 2 * 2 * 3);
  const auto refusal = [&](const Datasets& datasets) {
    write(path("weights.hdf5"), datasets);
    return error_of([&] { read_public_elmo(path("public") / "options.json", path("weights.hdf5")); });
  };
  for (const auto& [name, tensor] : all) {
    auto without = all;
    without.erase(name);
    const auto missing = refusal(without);
    EXPECT_THAT(missing, HasSubstr(fmt::format("weights.hdf5: dataset '{}' is missing", name)));
    const auto expected = fmt::format("({})", fmt::join(tensor.sizes().vec(), ", "));
    EXPECT_THAT(missing, HasSubstr(expected)) << name;
    auto misshapen = all;
    misshapen[name] = torch::zeros({2, 3});
    EXPECT_THAT(refusal(misshapen), HasSubstr(fmt::format("'{}' has shape (2, 3), {} was expected", name, expected)));
  }
}

TEST_F(ExportElmo, TablesOf262CharactersAreRead) {
  const auto before = model();
  export_elmo(*before, *tokenizer_, path("public"));
  auto all = datasets_of(path("public") / "weights.hdf5");
  const auto table = all["char_embed"];  // [261, d]
  const auto read = [&] {
    write(path("weights.hdf5"), all);
    return read_public_elmo(path("public") / "options.json", path("weights.hdf5")).parameters[0].second;
  };
  const auto expected = torch::cat({torch::zeros({1, 3}), table});
  all["char_embed"] = torch::cat({torch::zeros({1, 3}), table});
  EXPECT_TRUE(torch::equal(read(), expected)) << "the first row is that of no character";
  all["char_embed"] = torch::cat({table, torch::ones({1, 3})});
  EXPECT_TRUE(torch::equal(read(), expected)) << "the last row is of no use";
  auto options = read_json(path("public") / "options.json");
  options["char_cnn"]["n_characters"] = 261;
  write_json(path("public") / "options.json", options);
  all["char_embed"] = table;
  EXPECT_TRUE(torch::equal(read(), expected));
}

TEST_F(ExportElmo, LstmsWithoutAProjectionClipNoOutput) {
  export_elmo(*model({{"projection", 12}, {"projection_clip", 0.01}}), *tokenizer_, path("public"));
  auto all = datasets_of(path("public") / "weights.hdf5");
  std::erase_if(all, [](const auto& item) { return item.first.ends_with("W_P_0"); });
  write(path("public") / "weights.hdf5", all);
  const auto after = imported(path("public"));
  EXPECT_EQ(after.model->options()["projection_clip"], 0.0);
  State state;
  const auto x = after.model->context_vectors()->context_vectors(spelled_rows({"a the plays"}), state);
  EXPECT_GT(x[1].abs().max().item<double>(), 0.011);
  // One alone that lacks it is a damaged file.
  export_elmo(*model({{"projection", 12}}), *tokenizer_, path("other"));
  all = datasets_of(path("other") / "weights.hdf5");
  all.erase("RNN_1/RNN/MultiRNNCell/Cell1/LSTMCell/W_P_0");
  write(path("other") / "weights.hdf5", all);
  EXPECT_THAT(error_of([&] { imported(path("other")); }),
              HasSubstr("'RNN_1/RNN/MultiRNNCell/Cell1/LSTMCell/W_P_0' is missing"));
}

TEST_F(PublicElmoFixture, GoesOutAsItCameIn) {
  const auto run = saved();
  export_elmo(*run.model, *run.tokenizer, folder_.path() / "public");
  const auto given = datasets_of(fixture() / "lm_weights.hdf5"),
             ours = datasets_of(folder_.path() / "public/weights.hdf5");
  EXPECT_EQ(given.size(), ours.size());
  for (const auto& [name, tensor] : given) {
    ASSERT_TRUE(ours.contains(name)) << name;
    EXPECT_TRUE(torch::equal(tensor, ours.at(name))) << name;
  }
  const auto options = read_json(fixture() / "options.json"),
             written = read_json(folder_.path() / "public/options.json");
  for (const auto* part : {"lstm", "char_cnn"}) {
    EXPECT_EQ(written[part].size(), options[part].size()) << part;
    for (const auto& [key, value] : options[part].items()) EXPECT_EQ(written[part][key], value) << key;
  }
}

TEST_F(PublicElmoFixture, AWordOf10000BytesIsReadByItsFirst48) {
  const auto run = saved();
  State one, other;
  const auto long_word = run.model->context_vectors()->context_vectors(spelled_rows({std::string(10'000, 'x')}), one);
  const auto cut = run.model->context_vectors()->context_vectors(spelled_rows({std::string(48, 'x')}), other);
  EXPECT_TRUE(torch::equal(long_word, cut));
}

}  // namespace
}  // namespace zoo::elmo
