#pragma once

#include <filesystem>
#include <span>

#include "base/files.h"
#include "formats/embedding_table.h"
#include "formats/safetensors.h"

namespace zoo {

/// An array of numpy's .npy format (versions 1 to 3), memory-mapped: little-endian floats of 2, 4 or 8 bytes in C
/// order. Throws Error naming what is else, or a shape that does not fit the file's size.
class NpyFile {
 public:
  explicit NpyFile(const std::filesystem::path& path);
  const TensorView& array() const { return array_; }  ///< points into the mapping

 private:
  MappedFile file_;
  TensorView array_;
};

/// Version 1, float32 [rows, columns], aligned to 64 bytes. Throws Error if the sizes disagree.
void write_npy(const std::filesystem::path& path, std::span<const float> numbers, std::int64_t rows,
               std::int64_t columns);
/// A table's rows; the words are not in it (formats/vector_words.h has a place for them).
void write_npy(const std::filesystem::path& path, const EmbeddingTable& table);

}  // namespace zoo
