#include "formats/hdf5.h"

#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>
#include <mutex>

#include "base/error.h"
#include "base/files.h"

namespace zoo {
namespace {

/// The library prints what goes wrong unless it is told not to.
void be_quiet() {
  static std::once_flag once;
  std::call_once(once, [] { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); });
}

/// One of the library's ids and the function that closes it.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }
  bool valid() const { return id_ >= 0; }
  /// Closes it now; false if that failed: what was written may not have reached the file.
  bool close() { return close_(std::exchange(id_, -1)) >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

std::string shape_text(std::span<const std::int64_t> shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

/// Product of the shape; −1 if that is no number of elements there could be.
std::int64_t elements_of(std::span<const std::int64_t> shape) {
  std::int64_t product = 1;
  for (const auto size : shape) {
    if (size < 0 || __builtin_mul_overflow(product, size, &product)) return -1;
  }
  return product;
}

std::vector<std::int64_t> shape_of(const Handle& dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose);
  const auto rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) return {-1};
  std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
  H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  return {sizes.begin(), sizes.end()};
}

hid_t text_type() {
  const auto type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

struct Hdf5File::Storage {
  std::filesystem::path path;
  Handle file;

  std::string place(const std::string& name) const { return fmt::format("{}: dataset '{}'", path.string(), name); }
};

namespace {

/// "'CNN' holds b_cnn_0, b_cnn_1": what stands where a dataset was looked for.
std::string beside(const Hdf5File& file, const std::string& name) {
  const auto slash = name.rfind('/');
  const auto group = slash == std::string::npos ? "/" : name.substr(0, slash);
  const auto there = group == "/" || file.has(group) ? file.names(group) : std::vector<std::string>();
  return fmt::format("'{}' holds {}", group, there.empty() ? "nothing" : fmt::format("{}", fmt::join(there, ", ")));
}

}  // namespace

Hdf5File::Hdf5File(const std::filesystem::path& path) {
  be_quiet();
  static_cast<void>(MappedFile(path));  // says what is wrong with a file that cannot be read at all
  if (H5Fis_hdf5(path.c_str()) <= 0) fail("{}: is no HDF5 file", path.string());
  storage_.reset(new Storage{path, Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose)});
  if (!storage_->file.valid()) fail("{}: cannot be read as HDF5; was it cut short?", path.string());
}

Hdf5File::~Hdf5File() = default;
Hdf5File::Hdf5File(Hdf5File&&) noexcept = default;

const std::filesystem::path& Hdf5File::path() const { return storage_->path; }

bool Hdf5File::has(const std::string& name) const {
  // Each group on the way has to be asked for: the library fails where one is missing.
  for (std::size_t end = 0; end != std::string::npos;) {
    end = name.find('/', end + 1);
    if (H5Lexists(storage_->file, name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return true;
}

std::vector<std::string> Hdf5File::names(const std::string& group) const {
  std::vector<std::string> names;
  const Handle id(H5Gopen2(storage_->file, group.c_str(), H5P_DEFAULT), H5Gclose);
  if (id.valid()) H5Literate(id, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_name, &names);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::int64_t> Hdf5File::shape(const std::string& name) const {
  const auto place = storage_->place(name);
  if (!has(name)) fail("{} is missing; {}", place, beside(*this, name));
  const Handle dataset(H5Dopen2(storage_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) fail("{} is none but a group, or damaged", place);
  return shape_of(dataset);
}

std::vector<float> Hdf5File::floats(const std::string& name) const { return floats(name, shape(name)); }

std::vector<float> Hdf5File::floats(const std::string& name, std::span<const std::int64_t> expected) const {
  const auto place = storage_->place(name);
  if (!has(name)) {
    fail("{} is missing, shape {} was expected there; {}", place, shape_text(expected), beside(*this, name));
  }
  const auto found = shape(name);
  if (!std::equal(found.begin(), found.end(), expected.begin(), expected.end())) {
    fail("{} has shape {}, {} was expected", place, shape_text(found), shape_text(expected));
  }
  const Handle dataset(H5Dopen2(storage_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tget_class(type) != H5T_FLOAT) fail("{} holds no floating-point numbers", place);
  const auto elements = elements_of(found);
  // What is said to be stored is a claim too.
  const auto stored = static_cast<double>(
      std::min<std::uintmax_t>(H5Dget_storage_size(dataset), std::filesystem::file_size(storage_->path)));
  const auto claimed = static_cast<double>(elements) * static_cast<double>(H5Tget_size(type));
  const Handle layout(H5Dget_create_plist(dataset), H5Pclose);
  const auto packed = H5Pget_layout(layout) == H5D_CHUNKED ? 1000.0 : 1.0;  // compression can do no more
  if (elements < 0 || claimed > packed * stored) {
    fail("{} claims shape {}, but only {} bytes of it are stored; was the file cut short?", place, shape_text(found),
         stored);
  }
  std::vector<float> numbers(static_cast<std::size_t>(elements));
  if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) < 0) {
    fail("{} cannot be read; was the file cut short?", place);
  }
  return numbers;
}

std::string Hdf5File::text(const std::string& name) const {
  const auto place = storage_->place(name);
  const auto found = shape(name);
  const Handle dataset(H5Dopen2(storage_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
  const Handle stored(H5Dget_type(dataset), H5Tclose);
  if (elements_of(found) != 1 || H5Tis_variable_str(stored) <= 0) fail("{} is no single text", place);
  const Handle type(text_type(), H5Tclose);
  char* bytes = nullptr;
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &bytes) < 0 || bytes == nullptr) {
    fail("{} cannot be read; was the file cut short?", place);
  }
  std::string text(bytes);
  H5free_memory(bytes);
  return text;
}

struct Hdf5Writer::Storage {
  std::filesystem::path path;
  TemporaryFolder beside;
  Handle access, file, groups;

  std::filesystem::path written() const { return beside.path() / "whole.hdf5"; }
  std::string place(const std::string& name) const { return fmt::format("{}: dataset '{}'", path.string(), name); }

  explicit Storage(const std::filesystem::path& target)
      : path(target),
        beside(path.has_parent_path() ? path.parent_path() : "."),
        access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose),
        file((H5Pset_evict_on_close(access, true),  // else the library remembers every dataset until the file's end
              H5Fcreate(written().c_str(), H5F_ACC_EXCL, H5P_DEFAULT, access)),
             H5Fclose),
        groups(H5Pcreate(H5P_LINK_CREATE), H5Pclose) {
    if (!file.valid()) fail("{}: cannot be written there", path.string());
    H5Pset_create_intermediate_group(groups, 1);
  }
  /// Makes the dataset and writes it, if there is something to write.
  void put(const std::string& name, hid_t type, hid_t memory_type, const Handle& space, const void* data) {
    Handle dataset(H5Dcreate2(file, name.c_str(), type, space, groups, H5P_DEFAULT, H5P_DEFAULT), H5Dclose);
    if (!dataset.valid())
      fail("{} cannot be made; does the name stand twice, or lead through another dataset?", place(name));
    const bool done = data == nullptr || H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    if (!done || !dataset.close()) fail("{} cannot be written; is the disk full?", place(name));
  }
};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) {
  be_quiet();
  storage_ = std::make_unique<Storage>(path);
}

Hdf5Writer::~Hdf5Writer() = default;

void Hdf5Writer::write(const Hdf5Dataset& dataset) {
  const auto& [name, shape, numbers] = dataset;
  if (elements_of(shape) != std::ssize(numbers)) {
    fail("{} of shape {} is given {} numbers", storage_->place(name), shape_text(shape), numbers.size());
  }
  const std::vector<hsize_t> sizes(shape.begin(), shape.end());
  const Handle space(
      sizes.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
      H5Sclose);
  storage_->put(name, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, space, numbers.empty() ? nullptr : numbers.data());
}

void Hdf5Writer::write_text(const std::string& name, const std::string& text) {
  const Handle type(text_type(), H5Tclose);
  const hsize_t one = 1;
  const Handle space(H5Screate_simple(1, &one, nullptr), H5Sclose);
  const char* bytes = text.c_str();
  storage_->put(name, type, type, space, &bytes);
}

void Hdf5Writer::commit() {
  if (!storage_->file.close()) {
    fail("{}: cannot be written to its end; is the disk full?", storage_->path.string());
  }
  flush_to_disk(storage_->written());
  std::filesystem::rename(storage_->written(), storage_->path);
  flush_to_disk(std::filesystem::absolute(storage_->path).parent_path());
}

void write_hdf5(const std::filesystem::path& path, std::span<const Hdf5Dataset> datasets) {
  Hdf5Writer writer(path);
  for (const auto& dataset : datasets) writer.write(dataset);
  writer.commit();
}

}  // namespace zoo
