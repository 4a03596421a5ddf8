#include "formats/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/json.h"

namespace zoo {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors bytes are used as they lie");

constexpr std::uint64_t kHeaderLimit = 100'000'000;  // the reference implementation's own

struct DTypeFacts {
  DType dtype;
  std::string_view name;
  std::size_t size;
};
constexpr std::array kDTypes = {
    DTypeFacts{DType::f64, "F64", 8},      DTypeFacts{DType::f32, "F32", 4}, DTypeFacts{DType::f16, "F16", 2},
    DTypeFacts{DType::bf16, "BF16", 2},    DTypeFacts{DType::i64, "I64", 8}, DTypeFacts{DType::i32, "I32", 4},
    DTypeFacts{DType::i16, "I16", 2},      DTypeFacts{DType::i8, "I8", 1},   DTypeFacts{DType::u8, "U8", 1},
    DTypeFacts{DType::boolean, "BOOL", 1},
};

const DTypeFacts& facts(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)]; }

/// Bytes that a shape claims; nothing where the product passes 2^63.
std::optional<std::uint64_t> bytes_of(DType dtype, const std::vector<std::int64_t>& shape) {
  auto bytes = static_cast<std::int64_t>(dtype_size(dtype));
  if (std::count(shape.begin(), shape.end(), 0) > 0) return 0;
  for (const auto size : shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  }
  return static_cast<std::uint64_t>(bytes);
}

/// Parses the header; a name that stands twice would silently lose one of its tensors.
Json parse_header(std::string_view text, const std::string& path) {
  std::set<std::string> names;
  std::string doubled;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::key && depth == 1) {
      const auto& name = value.get_ref<const std::string&>();
      if (!names.insert(name).second) doubled = name;
    }
    return true;
  };
  Json header;
  if (is_nested_too_deep(text)) fail("{}: not a safetensors file, its header is nested too deep", path);
  try {
    header = Json::parse(text, watch);
  } catch (const Json::exception&) {
    fail("{}: not a safetensors file, its header is no JSON", path);
  }
  if (!header.is_object()) fail("{}: not a safetensors file, its header is no JSON object", path);
  if (!doubled.empty()) fail("{}: tensor '{}' stands twice in the header; write the file anew", path, doubled);
  return header;
}

/// A list of whole numbers ≥ 0, or nothing.
std::optional<std::vector<std::int64_t>> sizes_from(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || !found->is_array()) return std::nullopt;
  std::vector<std::int64_t> sizes;
  for (const auto& item : *found) {
    if (!item.is_number_unsigned() || item.get<std::uint64_t>() >> 63 != 0) return std::nullopt;
    sizes.push_back(item.get<std::int64_t>());
  }
  return sizes;
}

TensorView read_entry(const std::string& name, const Json& entry, std::span<const std::byte> data,
                      const std::string& path) {
  TensorView view;
  view.name = name;
  const auto dtype = entry.is_object() ? entry.value("dtype", Json()) : Json();
  const auto known = std::find_if(kDTypes.begin(), kDTypes.end(), [&](const DTypeFacts& candidate) {
    return dtype.is_string() && dtype.get_ref<const std::string&>() == candidate.name;
  });
  if (known == kDTypes.end()) {
    fail("{}: tensor '{}' has dtype {}, which is not known here; convert it to F32", path, name, dtype.dump());
  }
  view.dtype = known->dtype;
  const auto shape = sizes_from(entry, "shape");
  const auto offsets = sizes_from(entry, "data_offsets");
  if (!shape || !offsets || offsets->size() != 2) {
    fail("{}: tensor '{}': shape or data_offsets are missing or no whole numbers; is the file damaged?", path, name);
  }
  view.shape = *shape;
  const auto begin = static_cast<std::uint64_t>((*offsets)[0]), end = static_cast<std::uint64_t>((*offsets)[1]);
  if (begin > end || end > data.size()) {
    fail("{}: tensor '{}' claims bytes {} to {} of {}; was the file cut short?", path, name, begin, end, data.size());
  }
  const auto bytes = bytes_of(view.dtype, view.shape);
  if (!bytes || *bytes != end - begin) {
    fail("{}: tensor '{}': shape [{}] of {} does not fit its {} bytes; is the file damaged?", path, name,
         fmt::join(view.shape, ", "), known->name, end - begin);
  }
  view.bytes = data.subspan(begin, end - begin);
  return view;
}

float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t exponent = (half >> 10) & 31, fraction = half & 1023;
  if (exponent == 0) {  // zero or subnormal: fraction · 2^-24
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * 0x1.0p-24F));
  }
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7F800000U | fraction << 13);
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

template <class Element>
Element element_at(std::span<const std::byte> bytes, std::size_t i) {
  Element element;
  std::memcpy(&element, bytes.data() + i * sizeof element, sizeof element);
  return element;
}

}  // namespace

std::string_view dtype_name(DType dtype) { return facts(dtype).name; }
std::size_t dtype_size(DType dtype) { return facts(dtype).size; }

std::int64_t TensorView::elements() const { return static_cast<std::int64_t>(bytes.size() / dtype_size(dtype)); }

void write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorPieces> pieces;
  for (const auto& tensor : tensors) {
    pieces.push_back(
        {tensor.name, tensor.dtype, tensor.shape, [&tensor](const TensorPieces::Take& take) { take(tensor.bytes); }});
  }
  write_safetensors(path, pieces, metadata);
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorPieces> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<const TensorPieces*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const TensorPieces* a, const TensorPieces* b) {
    return dtype_size(a->dtype) > dtype_size(b->dtype);
  });
  const auto does_not_fit = [&](const TensorPieces& tensor, std::uint64_t bytes) {
    fail("{}: tensor '{}': shape [{}] of {} does not fit its {} bytes", path.string(), tensor.name,
         fmt::join(tensor.shape, ", "), dtype_name(tensor.dtype), bytes);
  };
  auto header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const auto* tensor : order) {
    if (tensor->name == "__metadata__" || header.contains(tensor->name)) {
      fail("{}: tensor name '{}' is taken; give each tensor a name of its own", path.string(), tensor->name);
    }
    const auto bytes = bytes_of(tensor->dtype, tensor->shape);
    if (!bytes) does_not_fit(*tensor, 0);
    header[tensor->name] = {
        {"dtype", dtype_name(tensor->dtype)}, {"shape", tensor->shape}, {"data_offsets", {offset, offset + *bytes}}};
    offset += *bytes;
  }
  auto text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  AtomicFile file(path);
  file.write(&length, sizeof length);
  file.write(text);
  for (const auto* tensor : order) {
    std::uint64_t given = 0;
    tensor->give([&](std::span<const std::byte> bytes) {
      given += bytes.size();
      file.write(bytes.data(), bytes.size());
    });
    if (given != *bytes_of(tensor->dtype, tensor->shape)) does_not_fit(*tensor, given);
  }
  file.commit();
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path), file_(path) {
  const auto bytes = file_.bytes();
  const auto name = path.string();
  if (bytes.size() < 8) fail("{}: {} bytes are too few for a safetensors file", name, bytes.size());
  const auto length = element_at<std::uint64_t>(bytes, 0);
  if (length > kHeaderLimit || length > bytes.size() - 8) {
    fail("{}: the header claims {} bytes and the file has {}; it is cut short or no safetensors file", name, length,
         bytes.size());
  }
  const auto header = parse_header(file_.text().substr(8, length), name);
  const auto data = bytes.subspan(8 + length);
  for (const auto& [key, value] : header.items()) {
    if (key != "__metadata__") {
      tensors_.push_back(read_entry(key, value, data, name));
      continue;
    }
    for (const auto& [word, text] : value.items()) {
      if (!value.is_object() || !text.is_string()) fail("{}: __metadata__ must map texts to texts", name);
      metadata_[word] = text.get<std::string>();
    }
  }
  std::stable_sort(tensors_.begin(), tensors_.end(), [](const TensorView& a, const TensorView& b) {
    return std::pair(a.bytes.data(), a.bytes.size()) < std::pair(b.bytes.data(), b.bytes.size());
  });
  const auto* expected = data.data();
  for (const auto& tensor : tensors_) {
    if (tensor.bytes.data() != expected) {
      fail("{}: tensor '{}' overlaps another or leaves a hole before it; is the file damaged?", name, tensor.name);
    }
    expected += tensor.bytes.size();
  }
  const auto rest = data.data() + data.size() - expected;
  if (rest != 0) fail("{}: {} bytes at the end belong to no tensor; is the file damaged?", name, rest);
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const TensorView& tensor) { return tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

const TensorView& SafetensorsFile::at(std::string_view name) const {
  if (const auto* tensor = find(name)) return *tensor;
  std::vector<std::string> names;
  for (const auto& tensor : tensors_) {
    if (names.size() < 10) names.push_back(tensor.name);
  }
  fail("{}: there is no tensor '{}'; there are {}{}", path_.string(), name, fmt::join(names, ", "),
       tensors_.size() > names.size() ? ", …" : "");
}

std::vector<float> to_floats(const TensorView& view) {
  std::vector<float> floats(static_cast<std::size_t>(view.elements()));
  const auto fill = [&](auto&& element) {
    for (std::size_t i = 0; i < floats.size(); ++i) floats[i] = element(i);
  };
  switch (view.dtype) {
    case DType::f32:
      if (!floats.empty()) std::memcpy(floats.data(), view.bytes.data(), view.bytes.size());
      break;
    case DType::f64:
      fill([&](std::size_t i) { return static_cast<float>(element_at<double>(view.bytes, i)); });
      break;
    case DType::f16:
      fill([&](std::size_t i) { return half_to_float(element_at<std::uint16_t>(view.bytes, i)); });
      break;
    case DType::bf16:
      fill([&](std::size_t i) {
        return std::bit_cast<float>(static_cast<std::uint32_t>(element_at<std::uint16_t>(view.bytes, i)) << 16);
      });
      break;
    default:
      fail("tensor '{}' holds {}, floating-point numbers were expected", view.name, dtype_name(view.dtype));
  }
  return floats;
}

}  // namespace zoo
