#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// Datasets of numbers in an HDF5 file, by their paths ("CNN/W_cnn_0"). What the file claims of a dataset is checked
/// against what is asked for, or against the bytes that are stored, before memory is taken.
class Hdf5File {
 public:
  /// Throws Error naming the file if it is missing, no HDF5 or cut short.
  explicit Hdf5File(const std::filesystem::path& path);
  ~Hdf5File();
  Hdf5File(Hdf5File&&) noexcept;

  bool has(const std::string& name) const;
  /// A text as Hdf5Writer::write_text writes it. Throws Error naming the dataset if it is none.
  std::string text(const std::string& name) const;
  /// Names of what a group holds, in the file's order of names.
  std::vector<std::string> names(const std::string& group = "/") const;
  /// Throws Error if there is no such dataset, with the names beside which it was looked for.
  std::vector<std::int64_t> shape(const std::string& name) const;
  /// The dataset as float32, row-major, from any floating type. Throws Error naming the dataset if it is missing, of
  /// another type, unreadable or claims more than the file holds.
  std::vector<float> floats(const std::string& name) const;
  /// The same; Error too, with what was expected, if the shape is another.
  std::vector<float> floats(const std::string& name, std::span<const std::int64_t> shape) const;
  const std::filesystem::path& path() const;

 private:
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

struct Hdf5Dataset {
  std::string name;                 ///< groups on the way are made
  std::vector<std::int64_t> shape;  ///< empty: a scalar
  std::span<const float> numbers;   ///< row-major
};

/// Writes datasets one after the other, none of which is kept in memory; the file appears whole or not at all, at
/// commit(). Throws Error for a doubled name, a shape that does not fit its numbers, a full disk.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::filesystem::path& path);
  ~Hdf5Writer();
  void write(const Hdf5Dataset& dataset);  ///< as float32
  /// One text, as h5py writes it: shape (1,), UTF-8 of variable length.
  void write_text(const std::string& name, const std::string& text);
  void commit();

 private:
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

/// Writes float32 datasets; the file appears whole or not at all. Throws Error for a doubled name, a shape that does
/// not fit its numbers, a full disk.
void write_hdf5(const std::filesystem::path& path, std::span<const Hdf5Dataset> datasets);

}  // namespace zoo
