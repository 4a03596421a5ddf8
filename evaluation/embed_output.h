#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// What the vectors of each line are: layers × words × width, or words × width where one layer was chosen.
struct EmbedShape {
  std::vector<std::string> layers;  ///< names of all of them, or of the one
  bool all = false;                 ///< all layers
  std::int64_t width = 0;           ///< D
  bool sentence_keys = false;       ///< HDF5: a dataset is named by its line, of equal lines the first is kept
};

/// A file of vectors, written line by line without keeping any: docs/file_formats.md, "Vectors of words in sentences".
class EmbedOutput {
 public:
  virtual ~EmbedOutput() = default;
  /// Lines come in order. `line` counts from 0; `text` is the line as it was read; vectors [L, T, D] float32, L being 1
  /// where one layer was chosen, T the number of words.
  virtual void write(std::int64_t line, std::string_view text, const std::vector<std::string>& words,
                     const torch::Tensor& vectors) = 0;
  /// Before it nothing stands under the file's name, and without it nothing ever does.
  virtual void commit() = 0;
};

/// By the file's ending: .npy, .hdf5 or .h5, .jsonl. Throws UsageError naming these.
std::unique_ptr<EmbedOutput> make_embed_output(const std::filesystem::path& path, const EmbedShape& shape);

/// Of an .npy file the one beside it that says how many words each line has: x.npy → x.lengths.npy.
std::filesystem::path lengths_file(const std::filesystem::path& npy);

}  // namespace zoo
