#include "vectors/import_vectors.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/version.h"
#include "formats/safetensors.h"
#include "formats/vector_words.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_tokenizer.h"

namespace zoo {
namespace {

constexpr const char* kTensor = "word_vectors.weight";
constexpr const char* kSubwordTensor = "subwords.weight";

/// A file of the tokenizers' vocabulary with these words, and the row of the table that each token id has (-1: none).
struct Words {
  std::string vocabulary_file;
  std::vector<std::int64_t> rows;
};

Words words_of(const EmbeddingTable& table) {
  Words words{"", std::vector<std::int64_t>(kSpecialTokens, -1)};
  for (const auto piece : kSpecialPieces) words.vocabulary_file += fmt::format("{}\t0\n", piece);
  PieceTable seen;
  std::int64_t changed = 0, doubled = 0;
  for (std::int64_t row = 0; row < table.size(); ++row) {
    auto word = word_for_export(table.word(row), true, changed);
    if (!is_utf8(word)) word = replace_invalid_utf8(word);
    const auto special = std::find(std::begin(kSpecialPieces), std::end(kSpecialPieces), word);
    if (special != std::end(kSpecialPieces)) {
      auto& place = words.rows[static_cast<std::size_t>(special - std::begin(kSpecialPieces))];
      if (place < 0) place = row;
      continue;
    }
    if (seen.find(word) != PieceTable::kNone) {
      ++doubled;
      continue;
    }
    seen.insert(word);
    words.vocabulary_file += fmt::format("{}\t0\n", word);
    words.rows.push_back(row);
  }
  if (changed > 0)
    log_warning(fmt::format("{} words hold tabs or line ends or are empty; '_' stands for these", changed));
  if (doubled > 0) log_warning(fmt::format("{} rows are left out: their words have a row already", doubled));
  if (words.rows.size() == kSpecialTokens) fail("the vectors have no words beside special tokens; nothing to import");
  return words;
}

}  // namespace

RunFolder import_vectors(const EmbeddingTable& table, const Json& origin, const std::filesystem::path& folder,
                         const SubwordRows& subwords) {
  const auto words = words_of(table);
  auto run = RunFolder::create(folder);
  make_folder(run.tokenizer_folder());
  const auto vocabulary_file = run.tokenizer_folder() / "words.tsv";
  write_file_atomically(vocabulary_file, words.vocabulary_file);
  const WordTokenizer tokenizer(Vocabulary::load(vocabulary_file), /*lowercase=*/false, /*split_punctuation=*/false);
  std::filesystem::remove(vocabulary_file);
  tokenizer.save(run.tokenizer_folder());

  const auto dimension = static_cast<std::size_t>(table.dimension());
  std::vector<float> weights(words.rows.size() * dimension, 0.0F);  // [V, D]
  for (std::size_t id = 0; id < words.rows.size(); ++id) {
    if (words.rows[id] >= 0) table.copy_row(words.rows[id], weights.data() + id * dimension);
  }
  std::vector<TensorView> tensors = {
      {kTensor, DType::f32, {tokenizer.size(), table.dimension()}, std::as_bytes(std::span<const float>(weights))}};
  Json vectors = {{"tensor", kTensor}};
  if (subwords.subwords.any()) {
    const auto& [shortest, longest, buckets] = subwords.subwords;
    tensors.push_back({kSubwordTensor, DType::f32, {buckets, table.dimension()}, subwords.rows});
    vectors["subwords"] = {{"tensor", kSubwordTensor}, {"min_n", shortest}, {"max_n", longest}, {"buckets", buckets}};
  }
  write_safetensors(run.weights_file(), tensors);
  run.write_config({{"format_version", kRunFormatVersion},
                    {"model", {{"kind", "word_vectors"}, {"dimension", table.dimension()}}},
                    {"tokenizer", {{"type", tokenizer.type()}, {"fingerprint", tokenizer.fingerprint()}}},
                    {"data", origin},
                    {"word_vectors", vectors},
                    {"made_by", {{"langzoo", kVersion}}},
                    {"outcome", {{"finished", true}, {"reason", "imported"}}}});
  return run;
}

}  // namespace zoo
