#include "vectors/open_vectors.h"

#include "base/error.h"
#include "base/files.h"
#include "formats/safetensors.h"
#include "formats/vector_file.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

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
  return table_of(part, std::move(words), file);
}

}  // namespace

EmbeddingTable open_vectors(const std::filesystem::path& run_or_file) {
  const auto there = status_of(run_or_file);
  if (!exists(there)) fail("{}: no such run folder or file of word vectors", run_or_file.string());
  if (is_directory(there)) return vectors_of(RunFolder::open(run_or_file));
  return read_vectors(run_or_file);
}

}  // namespace zoo
