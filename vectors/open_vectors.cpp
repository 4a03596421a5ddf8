#include "vectors/open_vectors.h"

#include "base/error.h"
#include "base/files.h"
#include "formats/fasttext_bin.h"
#include "formats/safetensors.h"
#include "formats/vector_file.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

/// Lets a run whose config names n-grams make vectors of words that it lacks.
void add_subwords(EmbeddingTable& table, const RunFolder& run, const Json& entry,
                  const std::shared_ptr<const SafetensorsFile>& file) {
  std::string name;
  Subwords subwords;
  try {
    name = entry.at("tensor").get<std::string>();
    subwords = {entry.at("min_n").get<std::int64_t>(), entry.at("max_n").get<std::int64_t>(),
                entry.at("buckets").get<std::int64_t>()};
  } catch (const Json::exception&) {
    fail("{}: word_vectors.subwords is damaged; it holds tensor, min_n, max_n and buckets", run.config_file().string());
  }
  const auto& tensor = file->at(name);
  if (!subwords.any() || tensor.dtype != DType::f32 ||
      tensor.shape != std::vector<std::int64_t>{subwords.buckets, table.dimension()}) {
    fail("{}: '{}' is {} [{}], but word_vectors.subwords says {} buckets of {} dimensions for {} to {} characters",
         run.weights_file().string(), name, dtype_name(tensor.dtype), fmt::join(tensor.shape, ", "), subwords.buckets,
         table.dimension(), subwords.shortest, subwords.longest);
  }
  const auto dimension = table.dimension();
  table.set_unknown([file, subwords, rows = tensor.bytes, dimension](std::string_view word, float* out) {
    return compose_of_subwords(word, subwords, rows, dimension, out);
  });
}

EmbeddingTable vectors_of(const RunFolder& run) {
  const auto config = run.config();
  const auto entry = config.value("word_vectors", Json());
  const auto name = entry.is_object() ? entry.value("tensor", Json()) : Json();
  if (!name.is_string()) {
    fail("{}: its model ({}) has no word vectors; give the run of one that has them", run.path().string(),
         run.model_kind());
  }
  if (!std::filesystem::exists(run.weights_file())) {
    fail("{}: missing; has the training of this run saved any weights yet?", run.weights_file().string());
  }
  const auto file = std::make_shared<const SafetensorsFile>(run.weights_file());
  const auto& tensor = file->at(name.get<std::string>());
  const auto tokenizer = run.tokenizer();
  if (tensor.shape.size() != 2 || tensor.shape[0] != tokenizer->size() || tensor.shape[1] == 0) {
    fail("{}: '{}' has shape [{}], but the tokenizer has {} pieces; do weights and tokenizer belong together?",
         run.weights_file().string(), tensor.name, fmt::join(tensor.shape, ", "), tokenizer->size());
  }
  const auto dimension = tensor.shape[1];
  std::vector<std::string> words;
  words.reserve(static_cast<std::size_t>(tokenizer->size()));
  for (TokenId id = kSpecialTokens; id < tokenizer->size(); ++id) words.emplace_back(tokenizer->piece(id));
  auto part = tensor;  // without the special tokens' rows
  part.shape[0] -= kSpecialTokens;
  part.bytes = part.bytes.subspan(static_cast<std::size_t>(kSpecialTokens * dimension) * dtype_size(tensor.dtype));
  auto table = table_of(part, std::move(words), file);
  if (entry.contains("subwords")) add_subwords(table, run, entry["subwords"], file);
  return table;
}

}  // namespace

EmbeddingTable open_vectors(const std::filesystem::path& run_or_file) {
  const auto there = status_of(run_or_file);
  if (!exists(there)) fail("{}: no such run folder or file of word vectors", run_or_file.string());
  if (is_directory(there)) return vectors_of(RunFolder::open(run_or_file));
  return read_vectors(run_or_file);
}

}  // namespace zoo
