#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace zoo {

/// The element types of a safetensors file that the zoo reads and writes.
enum class DType { f64, f32, f16, bf16, i64, i32, i16, i8, u8, boolean };

std::string_view dtype_name(DType dtype);  ///< as the file names it: "F32", "BOOL"
std::size_t dtype_size(DType dtype);       ///< bytes an element

/// A tensor's bytes, little-endian and row-major; they belong to somebody else (a mapped file, a torch tensor).
struct TensorView {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;  ///< empty: a scalar
  std::span<const std::byte> bytes;

  std::int64_t elements() const;  ///< product of the shape; 1 for a scalar
};

/// A tensor whose bytes are handed over piece by piece while they are written: what does not lie without gaps need not
/// be copied as a whole.
struct TensorPieces {
  using Take = std::function<void(std::span<const std::byte>)>;
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::function<void(const Take& take)> give;  ///< calls take() with all bytes in order; they may go when it returns
};

/// Writes a safetensors file (https://github.com/huggingface/safetensors, format section): the length of the header as
/// 8 bytes, the header as JSON padded by spaces to a multiple of 8, the tensors without holes. Tensors are laid out
/// from the widest element type to the narrowest, else in the order given, so that each is aligned when mapped.
/// The file appears whole or not at all. Throws Error for a doubled name, a shape that does not fit its bytes, a full
/// disk.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata = {});
/// The same of tensors in pieces. Throws Error too where the pieces are more or fewer bytes than the shape says.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorPieces> tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// A safetensors file, memory-mapped: opening reads the header only. All that the header claims is checked against the
/// file's true size before anything is made from it; Error names the file and what is wrong.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  /// In the order in which they lie in the file. They point into the mapping and live as long as this.
  const std::vector<TensorView>& tensors() const { return tensors_; }
  const TensorView* find(std::string_view name) const;
  /// Throws Error that names the tensors there are.
  const TensorView& at(std::string_view name) const;
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::vector<TensorView> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// The elements as float32, from any of the floating types. Throws Error naming `view` for the others.
std::vector<float> to_floats(const TensorView& view);

}  // namespace zoo
