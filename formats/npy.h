#pragma once

#include <filesystem>
#include <span>
#include <vector>

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

/// Writes an array row by row: the number of rows is known at the end. Version 1, aligned to 64 bytes; the file appears
/// whole or not at all, at commit().
class NpyWriter {
 public:
  /// Elements f32 or i64. `row`: the shape of one row, empty where rows are numbers.
  NpyWriter(const std::filesystem::path& path, DType dtype, std::vector<std::int64_t> row);
  void write(std::span<const std::byte> rows);  ///< whole rows, row-major
  void commit();

 private:
  AtomicFile file_;
  DType dtype_;
  std::vector<std::int64_t> row_;
  std::uint64_t row_bytes_, bytes_ = 0;
};

/// Version 1, float32 [rows, columns], aligned to 64 bytes. Throws Error if the sizes disagree.
void write_npy(const std::filesystem::path& path, std::span<const float> numbers, std::int64_t rows,
               std::int64_t columns);
/// A table's rows; the words are not in it (formats/vector_words.h has a place for them).
void write_npy(const std::filesystem::path& path, const EmbeddingTable& table);

}  // namespace zoo
