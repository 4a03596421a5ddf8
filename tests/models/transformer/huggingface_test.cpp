// Models as Hugging Face's transformers saves them, held to what transformers computes:
// tests/parity/make_huggingface.py.
#include "models/transformer/huggingface.h"

#include <fstream>

#include "base/files.h"
#include "formats/safetensors.h"
#include "models/sentence_vectors.h"
#include "models/transformer/transformer.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::transformer {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A stored model with what transformers computes with it, imported.
struct Golden {
  explicit Golden(const std::string& name, const fs::path& folder = {})
      : theirs(ZOO_SOURCE_DIR "/tests/data/huggingface/" + name), facts(read_json(theirs / "golden.json")) {
    for (const auto& [key, tensor] : load_tensors(theirs / "golden.safetensors")) tensors[key] = tensor;
    import_huggingface(theirs, folder);
    const ModelKind* kinds[] = {&kind()};
    saved.emplace(load_run(folder, kinds));
  }
  const ForeignIds& ids() const { return dynamic_cast<const ImportedTokenizer&>(*saved->tokenizer).foreign_ids(); }
  Tensor own(const Tensor& foreign) const {
    auto result = foreign.clone();
    auto* id = result.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < result.numel(); ++i) id[i] = ids().own(id[i]);
    return result;
  }

  fs::path theirs;
  Json facts;
  std::map<std::string, Tensor> tensors;
  std::optional<SavedModel> saved;
};

double apart(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

class HuggingFace : public testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  Golden golden(const std::string& name) const { return Golden(name, path("run_" + name)); }
  /// log-probabilities [V] of ours against [rows] of theirs.
  static void expect_same(const Tensor& ours, const Tensor& theirs, const ForeignIds& ids, const std::string& where) {
    double far = 0;
    for (std::int64_t id = 0; id < ids.size(); ++id) {
      const auto foreign = ids.foreign(id);
      const auto own = ours[id].item<double>();
      if (foreign == ForeignIds::kAbsent || ids.own(foreign) != id) {
        EXPECT_LT(own, -1000) << where << " " << id;
      } else {
        far = std::max(far, std::abs(own - theirs[foreign].item<double>()));
      }
    }
    EXPECT_LT(far, 1e-4) << where;
  }
  /// A copy of a stored model whose files a test may spoil.
  fs::path copy(const std::string& name) const {
    const auto to = path("copy_of_" + name);
    fs::remove_all(to);
    fs::copy(ZOO_SOURCE_DIR "/tests/data/huggingface/" + name, to);
    return to;
  }
  std::string error_of_import(const fs::path& folder) const {
    auto error = error_of([&] { import_huggingface(folder, path("spoilt")); });
    EXPECT_FALSE(fs::exists(path("spoilt"))) << "a run was left behind";
    return error;
  }
  /// The config with other entries.
  static void change_config(const fs::path& folder, const Json& changes) {
    auto config = read_json(folder / "config.json");
    config.update(changes);
    write_json(folder / "config.json", config);
  }
  static void save(const fs::path& folder, const Parts& tensors) {
    save_tensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
  }
  static Parts tensors_of(const fs::path& folder) { return load_tensors(folder / "model.safetensors"); }

  TemporaryFolder folder_;
};

class HuggingFaceDecoder : public HuggingFace, public testing::WithParamInterface<std::string> {};
class HuggingFaceAny : public HuggingFace, public testing::WithParamInterface<std::string> {};

TEST_P(HuggingFaceDecoder, EveryPlaceHasTheProbabilitiesOfTransformers) {
  auto stored = golden(GetParam());
  const auto input = stored.own(stored.tensors["input"]);  // [B, T]
  auto begun = input.clone();
  begun.select(1, 0).fill_(kEnd);  // what stands before a text, whatever token theirs begin with
  for (std::int64_t t = 0; t < input.size(1); ++t) {
    const auto next = stored.saved->model->next_word()->next(begun.narrow(1, 0, t + 1));  // [B, V]
    for (std::int64_t row = 0; row < input.size(0); ++row) {
      expect_same(next[row], stored.tensors["log_softmax"][row][t], stored.ids(), fmt::format("{} {}", row, t));
    }
  }
}

TEST_P(HuggingFaceDecoder, WithItsCacheItGoesOnAsTransformersDoes) {
  auto stored = golden(GetParam());
  const auto expected = stored.facts["greedy"].get<std::vector<std::int64_t>>();
  std::vector<std::int64_t> made(expected.begin(), expected.begin() + 4);
  State state;
  auto words = stored.own(torch::tensor(made)).unsqueeze(0);  // [1, 4]
  words.select(1, 0).fill_(kEnd);
  while (made.size() < expected.size()) {
    const auto next = stored.saved->model->next_word()->advance(words, state).argmax(1);  // [1]
    made.push_back(stored.ids().foreign(next.item<std::int64_t>()));
    words = next.unsqueeze(1);
  }
  EXPECT_EQ(made, expected);
}

TEST_P(HuggingFaceAny, TextHasTheTokensOfTheirTokenizer) {
  auto stored = golden(GetParam());
  const auto& tokenizer = stored.saved->source_tokenizer ? *stored.saved->source_tokenizer : *stored.saved->tokenizer;
  for (const auto& line : stored.facts["lines"]) {
    std::vector<std::int64_t> ids;
    for (const auto id : tokenizer.encode(line["text"].get<std::string>())) ids.push_back(stored.ids().foreign(id));
    EXPECT_EQ(ids, line["ids"].get<std::vector<std::int64_t>>()) << line["text"];
  }
  const auto special = stored.ids().special();
  for (std::size_t i = 0; i < special.size(); ++i) {
    const auto& expected = stored.facts["special"][i];
    EXPECT_EQ(special[i], expected.is_null() ? ForeignIds::kAbsent : expected.get<std::int64_t>()) << i;
  }
}

TEST_P(HuggingFaceAny, WhatIsExportedIsWhatWasImported) {
  auto stored = golden(GetParam());
  const auto result = export_huggingface(*stored.saved, path("exported"));
  EXPECT_EQ(result["model_type"], read_json(stored.theirs / "config.json")["model_type"]);
  std::map<std::string, Tensor> written;
  for (const auto& [name, tensor] : tensors_of(path("exported"))) written[name] = tensor;
  std::size_t theirs = 0;
  for (const auto& entry : fs::directory_iterator(stored.theirs)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("model") || !name.ends_with(".safetensors")) continue;
    for (const auto& [key, tensor] : load_tensors(entry.path())) {
      if (key.starts_with("pooler.")) continue;  // no part of what the zoo makes of it
      ASSERT_TRUE(written.contains(key)) << key;
      EXPECT_TRUE(torch::equal(written[key], tensor)) << key;
      ++theirs;
    }
  }
  EXPECT_EQ(written.size(), theirs);
  const auto again = import_huggingface(path("exported"), path("again"));
  EXPECT_EQ(again.tokenizer()->fingerprint(), stored.saved->tokenizer->fingerprint());
  EXPECT_EQ(read_json(again.config_file())["model"], stored.saved->config["model"]);
  EXPECT_EQ(read_file(again.weights_file()), read_file(stored.saved->run.weights_file()));
}

INSTANTIATE_TEST_SUITE_P(Models, HuggingFaceDecoder, testing::Values("gpt2", "llama", "llama3"),
                         [](const auto& info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(Models, HuggingFaceAny,
                         testing::Values("gpt2", "llama", "llama3", "bert", "bert_plain", "marian"),
                         [](const auto& info) { return info.param; });

TEST_F(HuggingFace, AMaskedWordAndTheVectorsOfABertAreThoseOfTransformers) {
  for (const std::string name : {"bert", "bert_plain"}) {
    auto stored = golden(name);
    auto& model = *stored.saved->model;
    const auto input = stored.own(stored.tensors["input"]);  // [B, T] with both marks
    WordRows rows;
    rows.words = input.slice(1, 1, -1).clone();
    rows.lengths = stored.tensors["lengths"] - 2;
    rows.words[1].slice(0, rows.lengths[1].item<std::int64_t>()).fill_(kPad);
    State state;
    const auto layers = model.context_vectors()->context_vectors(rows, state);  // [L, B, T, D]
    for (std::int64_t row = 0; row < 2; ++row) {
      const auto length = rows.lengths[row].item<std::int64_t>();
      EXPECT_LT(apart(layers[2][row].narrow(0, 0, length), stored.tensors["hidden"][row].narrow(0, 1, length)), 1e-5);
      EXPECT_LT(apart(layers[1][row].narrow(0, 0, length), stored.tensors["first"][row].narrow(0, 1, length)), 1e-5);
    }
    EXPECT_LT(apart(dynamic_cast<SentenceMeans&>(model).sentence_means(rows), stored.tensors["mean"]), 1e-5);
    if (name == "bert_plain") {
      EXPECT_EQ(model.cloze(), nullptr);
      EXPECT_EQ(model.differentiable(), nullptr);
      continue;
    }
    // Four words on each side of the gap: the line's end among those behind it, kPad in front of its first.
    auto before = torch::zeros({2, 4}, torch::kInt64);
    before[0].slice(0, 1).copy_(input[0].slice(0, 1, 4));
    before[1].slice(0, 3).copy_(input[1].slice(0, 1, 2));
    const auto after = torch::stack({input[0].slice(0, 5, 9), input[1].slice(0, 3, 7)});
    const auto scores = model.cloze()->cloze(before, after);  // [B, V]
    expect_same(scores[0], stored.tensors["log_softmax"][0][4], stored.ids(), "first masked word");
    expect_same(scores[1], stored.tensors["log_softmax"][1][2], stored.ids(), "second masked word");
  }
}

TEST_F(HuggingFace, AMarianGivesEveryWordTheProbabilityOfTransformers) {
  auto stored = golden("marian");
  auto& model = *stored.saved->model->differentiable();
  Batch batch;
  batch.input = stored.own(stored.tensors["input"]);
  batch.lengths = stored.tensors["lengths"];
  batch.other_input = stored.own(stored.tensors["other_input"]);
  batch.other_input.select(1, 0).fill_(kBegin);
  const auto& expected = stored.tensors["log_softmax"];  // [B, S, rows]
  const torch::NoGradGuard no_gradient;
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t place = 0; place < batch.other_input.size(1); ++place) {
      for (const std::int64_t foreign : {0, 1, 7, 100, 215}) {
        batch.target = torch::full_like(batch.other_input, kIgnored);
        batch.target[row][place] = stored.ids().own(foreign);
        State state;
        EXPECT_NEAR(-model.loss(batch, state).sum.item<double>(), expected[row][place][foreign].item<double>(), 1e-4);
      }
    }
  }
}

TEST_F(HuggingFace, MissingUnknownAndMisshapenTensorsAreAllNamedAtOnce) {
  const auto folder = copy("gpt2");
  Parts tensors;
  for (auto& [name, tensor] : tensors_of(folder)) {
    if (name == "transformer.ln_f.weight" || name == "transformer.h.1.mlp.c_fc.bias") continue;
    tensors.emplace_back(name, name == "transformer.wpe.weight" ? tensor.narrow(0, 0, 39) : tensor);
  }
  tensors.emplace_back("transformer.h.2.ln_1.weight", torch::ones({24}));
  save(folder, tensors);
  EXPECT_THAT(error_of_import(folder),
              AllOf(HasSubstr("transformer.ln_f.weight"), HasSubstr("transformer.h.1.mlp.c_fc.bias"),
                    HasSubstr("transformer.wpe.weight [39, 24] ([40, 24] expected)"),
                    HasSubstr("not known: transformer.h.2.ln_1.weight")));
}

TEST_F(HuggingFace, AHeaderThatLiesIsRefusedBeforeAnythingIsMade) {
  const auto folder = copy("gpt2");
  auto bytes = read_file(folder / "model.safetensors");
  bytes[7] = 1;  // a header of 2^56 bytes
  std::ofstream(folder / "model.safetensors", std::ios::binary) << bytes;
  EXPECT_THAT(error_of_import(folder), HasSubstr("the header claims"));
  change_config(folder, {{"n_layer", 1}, {"n_embd", 1 << 14}, {"n_head", 1}, {"vocab_size", 1 << 27}});
  save(folder, {{"x", torch::ones({1})}});
  EXPECT_THAT(error_of_import(folder), HasSubstr("claims a model of"));
}

TEST_F(HuggingFace, WhatIsNotReadIsNamedWithWhatIs) {
  auto folder = copy("gpt2");
  change_config(folder, {{"model_type", "opt"}});
  EXPECT_THAT(error_of_import(folder), AllOf(HasSubstr("model_type 'opt'"), HasSubstr("bert, gpt2, llama, marian")));
  change_config(folder, {{"model_type", "gpt2"}, {"activation_function", "mish"}});
  EXPECT_THAT(error_of_import(folder), AllOf(HasSubstr("activation_function is \"mish\""), HasSubstr("gelu_new")));
  change_config(folder, {{"activation_function", "gelu_new"}, {"n_head", "three"}});
  EXPECT_THAT(error_of_import(folder), HasSubstr("n_head"));
  change_config(folder, {{"n_head", 5}});
  EXPECT_THAT(error_of_import(folder), AllOf(HasSubstr("config.json"), HasSubstr("model.heads: 5")));
  change_config(folder, {{"n_head", 3}, {"n_layer", nullptr}});
  EXPECT_THAT(error_of_import(folder), HasSubstr("n_layer is missing"));
  folder = copy("llama");
  change_config(folder, {{"rope_parameters", {{"rope_type", "yarn"}}}});
  EXPECT_THAT(error_of_import(folder), HasSubstr("llama3 are read here"));
  folder = copy("gpt2");
  fs::rename(folder / "model.safetensors", folder / "pytorch_model.bin");
  EXPECT_THAT(error_of_import(folder), AllOf(HasSubstr("pickle"), HasSubstr("save_pretrained")));
  EXPECT_THAT(error_of_import(path("nowhere")), HasSubstr("no such folder"));
  std::ofstream(path("file")) << "x";
  EXPECT_THAT(error_of_import(path("file")), HasSubstr("is a file"));
}

TEST_F(HuggingFace, AVocabularyThatDoesNotFitIsRefused) {
  auto folder = copy("bert");
  change_config(folder, {{"vocab_size", 300}});
  EXPECT_THAT(error_of_import(folder), AllOf(HasSubstr("tokenizer.json"), HasSubstr("two different models")));
  folder = copy("llama");
  change_config(folder, {{"vocab_size", 400}});
  EXPECT_THAT(error_of_import(folder), HasSubstr("two different models"));
  folder = copy("gpt2");
  change_config(folder, {{"eos_token_id", 50256}});
  EXPECT_THAT(error_of_import(folder), HasSubstr("50256"));
  fs::remove(folder / "tokenizer.json");
  EXPECT_THAT(error_of_import(folder), HasSubstr("merges.txt"));
  folder = copy("marian");
  fs::remove(folder / "target.spm");
  EXPECT_THAT(error_of_import(folder), HasSubstr("target.spm"));
}

TEST_F(HuggingFace, DamagedFilesNeverCrash) {
  for (const std::string name : {"config.json", "tokenizer.json", "model.safetensors"}) {
    const auto folder = copy("gpt2");
    const auto whole = read_file(folder / name);
    for (const std::size_t kept : {std::size_t{0}, std::size_t{1}, whole.size() / 3, whole.size() - 3}) {
      std::ofstream(folder / name, std::ios::binary | std::ios::trunc) << whole.substr(0, kept);
      EXPECT_THAT(error_of_import(folder), HasSubstr(name)) << kept;
    }
  }
  const auto folder = copy("llama");
  fs::remove(folder / "model-00002-of-00004.safetensors");
  EXPECT_THAT(error_of_import(folder), HasSubstr("model-00002-of-00004.safetensors"));
}

TEST_F(HuggingFace, AModelThatNoKindCanExpressSaysWhichOptionsDoNotFit) {
  auto stored = golden("gpt2");
  auto config = stored.saved->config;
  config["model"]["positions"] = "sinusoidal";
  config["model"]["scale_embeddings"] = true;
  stored.saved->model = create_from_config(config, kind(), vocabulary_of(*stored.saved->tokenizer));
  EXPECT_THAT(error_of([&] { export_huggingface(*stored.saved, path("exported")); }),
              AllOf(HasSubstr("as gpt2"), HasSubstr("model.positions \"sinusoidal\" (it has \"learned\")"),
                    HasSubstr("model.scale_embeddings true")));
}

}  // namespace
}  // namespace zoo::transformer
