#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "formats/safetensors.h"
#include "formats/subwords.h"

namespace zoo {

/// Vectors for words that a vocabulary lacks, made from their n-grams as fastText does: the mean of the n-grams' rows
/// in a table [buckets, D], which stays where it lies (in a mapped file). No torch.
class SubwordVectors {
 public:
  /// `rows`: float32 [subwords.buckets, D]; `keeper` (a mapped file) lives as long as this. Throws Error where the
  /// table has another size or type.
  SubwordVectors(const Subwords& subwords, const TensorView& rows, std::shared_ptr<const void> keeper);

  std::int64_t dimension() const { return dimension_; }  ///< D
  const Subwords& subwords() const { return subwords_; }

  /// [D]; nothing for a word too short to have an n-gram.
  std::optional<std::vector<float>> vector(std::string_view word) const;

 private:
  Subwords subwords_;
  std::int64_t dimension_;
  const std::byte* rows_;
  std::shared_ptr<const void> keeper_;
};

/// Those of a run folder whose config says by word_vectors.subwords that it has n-grams; nothing for any other run and
/// for files. Throws Error naming what is damaged.
std::optional<SubwordVectors> open_subword_vectors(const std::filesystem::path& run_or_file);

}  // namespace zoo
