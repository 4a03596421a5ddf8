#include "formats/vector_file.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "formats/fasttext_bin.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "formats/vector_words.h"
#include "formats/word2vec.h"

namespace zoo {
namespace {

void check_table_shape(const TensorView& array, const std::filesystem::path& path) {
  if (array.shape.size() != 2 || array.shape[0] == 0 || array.shape[1] == 0) {
    fail("{}: '{}' has shape [{}]; word vectors have [words, dimensions]", path.string(), array.name,
         fmt::join(array.shape, ", "));
  }
}

EmbeddingTable read_vectors_npy(const std::filesystem::path& path) {
  const auto file = std::make_shared<const NpyFile>(path);
  check_table_shape(file->array(), path);
  auto table = table_of(file->array(), read_words(words_file(path), file->array().shape[0]), file);
  warn_of_odd_words(path, table);
  return table;
}

std::vector<std::string> words_from(const SafetensorsFile& file, std::int64_t expected) {
  const auto& bytes = file.at("words");
  const auto& ends = file.at("word_ends");
  if (bytes.dtype != DType::u8 || ends.dtype != DType::i64 || ends.elements() != expected) {
    fail("{}: words and word_ends do not fit the vectors; is the file damaged?", file.path().string());
  }
  std::vector<std::string> words;
  std::int64_t start = 0;
  for (std::int64_t i = 0; i < expected; ++i) {
    std::int64_t end = 0;
    std::memcpy(&end, ends.bytes.data() + i * 8, sizeof end);
    if (end < start || end > bytes.elements()) {
      fail("{}: word {} ends at {} of {} bytes; is the file damaged?", file.path().string(), i, end, bytes.elements());
    }
    words.emplace_back(reinterpret_cast<const char*>(bytes.bytes.data()) + start,
                       static_cast<std::size_t>(end - start));
    start = end;
  }
  return words;
}

}  // namespace

EmbeddingTable table_of(const TensorView& array, std::vector<std::string> words, std::shared_ptr<const void> file) {
  const auto dimension = array.shape[1];
  const auto aligned = reinterpret_cast<std::uintptr_t>(array.bytes.data()) % alignof(float) == 0;
  if (array.dtype != DType::f32 || !aligned) return {std::move(words), to_floats(array), dimension};
  const std::span rows(reinterpret_cast<const float*>(array.bytes.data()), array.bytes.size() / sizeof(float));
  return {std::move(words), rows, dimension, std::move(file)};
}

void write_vectors_safetensors(const std::filesystem::path& path, const EmbeddingTable& table) {
  std::string letters;
  std::vector<std::int64_t> ends;
  for (const auto& word : table.words()) {
    letters += word;
    ends.push_back(static_cast<std::int64_t>(letters.size()));
  }
  std::vector<float> copied;
  auto rows = table.contiguous();
  if (!rows) {
    const auto dimension = static_cast<std::size_t>(table.dimension());
    copied.resize(static_cast<std::size_t>(table.size()) * dimension);
    for (std::int64_t row = 0; row < table.size(); ++row) {
      table.copy_row(row, copied.data() + static_cast<std::size_t>(row) * dimension);
    }
    rows = copied;
  }
  const std::vector<TensorView> tensors = {
      {"vectors", DType::f32, {table.size(), table.dimension()}, std::as_bytes(*rows)},
      {"word_ends", DType::i64, {table.size()}, std::as_bytes(std::span(ends))},
      {"words", DType::u8, {static_cast<std::int64_t>(letters.size())}, std::as_bytes(std::span(letters))}};
  write_safetensors(path, tensors, {{"format", "langzoo word vectors"}});
}

EmbeddingTable read_vectors_safetensors(const std::filesystem::path& path) {
  const auto file = std::make_shared<const SafetensorsFile>(path);
  if (const auto* own = file->find("vectors"); own != nullptr && file->find("words") != nullptr) {
    check_table_shape(*own, path);
    auto table = table_of(*own, words_from(*file, own->shape[0]), file);
    warn_of_odd_words(path, table);
    return table;
  }
  const TensorView* only = nullptr;
  for (const auto& tensor : file->tensors()) {
    if (tensor.shape.size() != 2) continue;
    if (only != nullptr) fail("{}: holds several tables; give the run's folder instead", path.string());
    only = &tensor;
  }
  if (only == nullptr) fail("{}: holds no tensor [words, dimensions]", path.string());
  check_table_shape(*only, path);
  auto table = table_of(*only, read_words(words_file(path), only->shape[0]), file);
  warn_of_odd_words(path, table);
  return table;
}

void refuse_packed(const std::filesystem::path& path) {
  const MappedFile file(path);
  if (file.text().starts_with("\x1f\x8b")) fail("{}: is gzip-compressed; unpack it first", path.string());
  if (file.text().starts_with("PK\x03\x04")) fail("{}: is a zip archive; unpack it first", path.string());
}

EmbeddingTable read_vectors(const std::filesystem::path& path) {
  refuse_packed(path);
  const MappedFile file(path);
  const auto text = file.text();
  if (text.empty()) fail("{}: is empty", path.string());
  if (text.starts_with("\x93NUMPY")) return read_vectors_npy(path);
  if (FastTextBin::begins(text)) return read_fasttext_bin(path);
  std::uint64_t header = 0;
  if (text.size() > 8) std::memcpy(&header, text.data(), sizeof header);
  if (text.size() > 8 && text[8] == '{' && header < text.size()) return read_vectors_safetensors(path);
  return read_word2vec(path);
}

}  // namespace zoo
