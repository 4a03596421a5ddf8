#include "formats/npy.h"

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

std::string header_of(std::int64_t rows, std::int64_t columns) {
  auto text = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  text.append((63 - (kMagic.size() + 4 + text.size()) % 64), ' ');
  text.push_back('\n');
  const auto length = static_cast<std::uint16_t>(text.size());
  std::string header(kMagic);
  header += '\1';
  header += '\0';
  header.append(reinterpret_cast<const char*>(&length), sizeof length);
  return header + text;
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
  if (!known) fail("{}: holds elements of type {}; save it by array.astype('float32')", name, type);
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

void write_npy(const std::filesystem::path& path, std::span<const float> numbers, std::int64_t rows,
               std::int64_t columns) {
  if (static_cast<std::int64_t>(numbers.size()) != rows * columns) {
    fail("{}: {} numbers do not make ({}, {})", path.string(), numbers.size(), rows, columns);
  }
  AtomicFile file(path);
  file.write(header_of(rows, columns));
  file.write(numbers.data(), numbers.size_bytes());
  file.commit();
}

void write_npy(const std::filesystem::path& path, const EmbeddingTable& table) {
  AtomicFile file(path);
  file.write(header_of(table.size(), table.dimension()));
  for (std::int64_t row = 0; row < table.size(); ++row) {
    file.write(table.row_bytes(row), static_cast<std::size_t>(table.dimension()) * sizeof(float));
  }
  file.commit();
}

}  // namespace zoo
