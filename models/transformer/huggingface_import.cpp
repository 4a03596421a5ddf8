#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/version.h"
#include "models/transformer/huggingface_parts.h"
#include "models/transformer/transformer.h"

namespace zoo::transformer {
namespace {

namespace fs = std::filesystem;
using Imported = std::shared_ptr<const ImportedTokenizer>;

struct TwoTokenizers {
  Imported own, source;  ///< source: null where there is one language
};

TwoTokenizers tokenizers_of(const fs::path& folder, const ForeignModel& foreign) {
  if (foreign.type == "marian") {
    auto both = read_marian(folder, foreign.rows, foreign.special[kBegin]);
    return {both.target, both.source};
  }
  if (foreign.type == "bert") return {read_wordpiece(folder, foreign.rows), nullptr};
  if (foreign.type == "gpt2") return {read_byte_bpe(folder, foreign.rows, foreign.special), nullptr};
  return {read_llama(folder, foreign.rows, foreign.special), nullptr};
}

Json facts_of(const Tokenizer& tokenizer) {
  return {{"type", tokenizer.type()}, {"fingerprint", tokenizer.fingerprint()}, {"size", tokenizer.size()}};
}

void save(const Tokenizer& tokenizer, const fs::path& folder) {
  make_folder(folder);
  tokenizer.save(folder);
}

}  // namespace

RunFolder import_huggingface(const fs::path& folder, const fs::path& output) {
  const auto there = status_of(folder);
  if (!exists(there)) fail("{}: no such folder", folder.string());
  if (!is_directory(there)) {
    fail("{}: is a file; give the folder with config.json, model.safetensors and the tokenizer", folder.string());
  }
  if (!exists(status_of(folder / "config.json"))) {
    fail("{}: holds no config.json; give the folder that transformers' save_pretrained() wrote", folder.string());
  }
  auto foreign = read_foreign_config(folder / "config.json");
  const ForeignWeights weights(folder);
  auto& options = foreign.options;
  if (foreign.type == "bert" && !has_masked_output(weights)) {
    options.output_layer = "none";
    options.tie = "output";
  }
  // Before anything is made of what the config claims.
  constexpr double kSlack = 1e6;
  const auto claimed = options.parameters(foreign.rows, foreign.rows);
  if (claimed > 2 * weights.elements() + kSlack) {
    fail("{}: claims a model of {:.0f} numbers, and the weights hold {:.0f}; are they of two different models?",
         (folder / "config.json").string(), claimed, weights.elements());
  }
  const auto tokenizers = tokenizers_of(folder, foreign);
  options.absent_tokens = tokenizers.own->foreign_ids().unpredicted();
  const auto model_options = fields_of(options).to_json();
  auto vocabulary = vocabulary_of(*tokenizers.own);
  if (tokenizers.source) vocabulary.source_size = tokenizers.source->size();
  const auto model = kind().create(model_options, vocabulary);
  take_weights(weights, foreign, tokenizers.own->foreign_ids(), model->parts());

  auto run = RunFolder::create(output);
  Json tokenizer_section = Json::object();
  if (tokenizers.source) {
    save(*tokenizers.source, run.tokenizer_folder() / "source");
    save(*tokenizers.own, run.tokenizer_folder() / "target");
    tokenizer_section = {{"source", facts_of(*tokenizers.source)}, {"target", facts_of(*tokenizers.own)}};
  } else {
    save(*tokenizers.own, run.tokenizer_folder());
    tokenizer_section = facts_of(*tokenizers.own);
  }
  save_tensors(run.weights_file(), model->parts());
  Json model_section = {{"kind", kind().name()}};
  model_section.update(model_options);
  Json config = {{"format_version", kRunFormatVersion},
                 {"model", model_section},
                 {"tokenizer", tokenizer_section},
                 {"data",
                  {{"imported_from", fs::weakly_canonical(folder).filename().string()},
                   {"format", "huggingface"},
                   {"model_type", foreign.type},
                   {"sha256", sha256_of_file(weights.first_file())}}}};
  if (const auto* vectors = model->word_vectors()) {
    config["word_vectors"] = {{"tensor", vectors->word_vectors_part()}};
  }
  config["made_by"] = {{"langzoo", kVersion}};
  config["outcome"] = {{"finished", true}, {"reason", "imported"}};
  run.write_config(config);
  return run;
}

}  // namespace zoo::transformer
