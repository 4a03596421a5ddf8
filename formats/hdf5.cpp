#include "formats/hdf5.h"

#include <fmt/ranges.h>
#include <hdf5.h>

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
  if (!has(name)) {
    const auto slash = name.rfind('/');
    const auto group = slash == std::string::npos ? "/" : name.substr(0, slash);
    const auto beside = group == "/" || has(group) ? names(group) : std::vector<std::string>();
    fail("{} is missing; '{}' holds {}", place, group,
         beside.empty() ? "nothing" : fmt::format("{}", fmt::join(beside, ", ")));
  }
  const Handle dataset(H5Dopen2(storage_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset.valid()) fail("{} is none but a group, or damaged", place);
  return shape_of(dataset);
}

std::vector<float> Hdf5File::floats(const std::string& name) const { return floats(name, shape(name)); }

std::vector<float> Hdf5File::floats(const std::string& name, std::span<const std::int64_t> expected) const {
  const auto place = storage_->place(name);
  const auto found = shape(name);
  if (!std::equal(found.begin(), found.end(), expected.begin(), expected.end())) {
    fail("{} has shape {}, {} was expected", place, shape_text(found), shape_text(expected));
  }
  const Handle dataset(H5Dopen2(storage_->file, name.c_str(), H5P_DEFAULT), H5Dclose);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tget_class(type) != H5T_FLOAT) fail("{} holds no floating-point numbers", place);
  const auto elements = elements_of(found);
  const auto stored = static_cast<double>(H5Dget_storage_size(dataset));
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

void write_hdf5(const std::filesystem::path& path, std::span<const Hdf5Dataset> datasets) {
  be_quiet();
  const TemporaryFolder beside(path.has_parent_path() ? path.parent_path() : ".");
  const auto written = beside.path() / "whole.hdf5";
  {
    Handle file(H5Fcreate(written.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    if (!file.valid()) fail("{}: cannot be written there", path.string());
    const Handle groups(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
    H5Pset_create_intermediate_group(groups, 1);
    for (const auto& [name, shape, numbers] : datasets) {
      if (elements_of(shape) != std::ssize(numbers)) {
        fail("{}: dataset '{}' of shape {} is given {} numbers", path.string(), name, shape_text(shape),
             numbers.size());
      }
      const std::vector<hsize_t> sizes(shape.begin(), shape.end());
      const Handle space(sizes.empty() ? H5Screate(H5S_SCALAR)
                                       : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr),
                         H5Sclose);
      const Handle dataset(H5Dcreate2(file, name.c_str(), H5T_IEEE_F32LE, space, groups, H5P_DEFAULT, H5P_DEFAULT),
                           H5Dclose);
      if (!dataset.valid()) fail("{}: dataset '{}' cannot be made; does the name stand twice?", path.string(), name);
      if (!numbers.empty() && H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers.data()) < 0) {
        fail("{}: dataset '{}' cannot be written; is the disk full?", path.string(), name);
      }
    }
    if (!file.close()) fail("{}: cannot be written to its end; is the disk full?", path.string());
  }
  flush_to_disk(written);
  std::filesystem::rename(written, path);
  flush_to_disk(std::filesystem::absolute(path).parent_path());
}

}  // namespace zoo
