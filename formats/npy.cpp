#include "formats/npy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/error.h"

namespace zoo {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

/// What follows `'key':` in the header, a Python dictionary on one line; empty where the key is missing.
std::string_view value_of(std::string_view header, std::string_view key) {
  auto at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return {};
  header.remove_prefix(at + key.size() + 3);
  at = header.find_first_not_of(' ');
  return at == std::string_view::npos ? std::string_view{} : header.substr(at);
}

/// What a file says of its type, for a message: short, and in one line whatever the bytes are.
std::string shown(std::string_view type) {
  std::string text(type.substr(0, 20));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
  return text;
}

/// "(3, 4)", "(3,)" or "()".
std::optional<std::vector<std::int64_t>> parse_shape(std::string_view text) {
  std::vector<std::int64_t> shape;
  const auto close = text.find(')');
  if (text.empty() || text[0] != '(' || close == std::string_view::npos) return std::nullopt;
  text = text.substr(1, close - 1);
  while (!text.empty()) {
    std::int64_t size = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || size < 0) return std::nullopt;
    shape.push_back(size);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto next = text.find_first_not_of(", ");
    text.remove_prefix(std::min(next, text.size()));
  }
  return shape;
}

/// 128 bytes, or more by steps of 64.
std::string header_of(DType dtype, std::span<const std::int64_t> shape) {
  auto text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}",
                          dtype == DType::i64 ? "<i8" : "<f4", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const auto before = kMagic.size() + 4;
  const auto whole = std::max<std::size_t>(128, (before + text.size() + 1 + 63) / 64 * 64);
  text.append(whole - before - text.size() - 1, ' ');
  text.push_back('\n');
  const auto length = static_cast<std::uint16_t>(text.size());
  std::string header(kMagic);
  header += '\1';
  header += '\0';
  header.append(reinterpret_cast<const char*>(&length), sizeof length);
  return header + text;
}

std::vector<std::int64_t> with_rows(std::int64_t rows, std::span<const std::int64_t> row) {
  std::vector<std::int64_t> shape = {rows};
  shape.insert(shape.end(), row.begin(), row.end());
  return shape;
}

}  // namespace

NpyFile::NpyFile(const std::filesystem::path& path) : file_(path) {
  const auto name = path.string();
  const auto text = file_.text();
  if (text.size() < 12 || text.substr(0, kMagic.size()) != kMagic) fail("{}: is no .npy file", name);
  const auto version = static_cast<int>(text[6]);
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  std::uint32_t length = 0;
  std::memcpy(&length, text.data() + 8, length_bytes);
  const auto start = 8 + length_bytes;
  if (version < 1 || version > 3 || length > text.size() - start) {
    fail("{}: version {} with a header of {} bytes cannot be read; was it cut short?", name, version, length);
  }
  const auto header = text.substr(start, length);
  const auto type = value_of(header, "descr").substr(0, 5);
  struct Type {
    std::string_view name;
    DType dtype;
  };
  constexpr std::array types = {Type{"'<f4'", DType::f32}, Type{"'<f8'", DType::f64}, Type{"'<f2'", DType::f16}};
  bool known = false;
  for (const auto& candidate : types) {
    if (type == candidate.name) array_.dtype = candidate.dtype, known = true;
  }
  if (!known) fail("{}: holds elements of type {}; save it by array.astype('float32')", name, shown(type));
  if (!value_of(header, "fortran_order").starts_with("False")) {
    fail("{}: lies in Fortran order; save it by numpy.ascontiguousarray(array)", name);
  }
  const auto shape = parse_shape(value_of(header, "shape"));
  if (!shape) fail("{}: its header names no shape; is the file damaged?", name);
  array_.name = name;
  array_.shape = *shape;
  array_.bytes = file_.bytes().subspan(start + length);
  auto bytes = static_cast<std::int64_t>(dtype_size(array_.dtype));
  bool fits = true;
  for (const auto size : *shape) fits = fits && !__builtin_mul_overflow(bytes, size, &bytes);
  if (!fits || static_cast<std::uint64_t>(bytes) != array_.bytes.size()) {
    fail("{}: shape ({}) does not fit its {} bytes of numbers; was it cut short?", name, fmt::join(*shape, ", "),
         array_.bytes.size());
  }
}

NpyWriter::NpyWriter(const std::filesystem::path& path, DType dtype, std::vector<std::int64_t> row)
    : file_(path), dtype_(dtype), row_(std::move(row)), row_bytes_(dtype_size(dtype)) {
  if (dtype != DType::f32 && dtype != DType::i64)
    fail("{}: elements of {} are not written", path.string(), dtype_name(dtype));
  for (const auto size : row_) row_bytes_ *= static_cast<std::uint64_t>(size);
  file_.write(header_of(dtype_, with_rows(0, row_)));
}

void NpyWriter::write(std::span<const std::byte> rows) {
  file_.write(rows.data(), rows.size());
  bytes_ += rows.size();
}

void NpyWriter::commit() {
  const auto rows = row_bytes_ == 0 ? 0 : static_cast<std::int64_t>(bytes_ / row_bytes_);
  const auto header = header_of(dtype_, with_rows(rows, row_));
  file_.write_at(0, header.data(), header.size());
  file_.commit();
}

void write_npy(const std::filesystem::path& path, std::span<const float> numbers, std::int64_t rows,
               std::int64_t columns) {
  if (static_cast<std::int64_t>(numbers.size()) != rows * columns) {
    fail("{}: {} numbers do not make ({}, {})", path.string(), numbers.size(), rows, columns);
  }
  AtomicFile file(path);
  file.write(header_of(DType::f32, std::array{rows, columns}));
  file.write(numbers.data(), numbers.size_bytes());
  file.commit();
}

void write_npy(const std::filesystem::path& path, const EmbeddingTable& table) {
  AtomicFile file(path);
  file.write(header_of(DType::f32, std::array{table.size(), table.dimension()}));
  for (std::int64_t row = 0; row < table.size(); ++row) {
    file.write(table.row_bytes(row), static_cast<std::size_t>(table.dimension()) * sizeof(float));
  }
  file.commit();
}

}  // namespace zoo
