#include "formats/tensorboard_events.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "base/files.h"

namespace zoo {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    auto rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = rest >> 1 ^ (rest & 1 ? 0x82F63B78U : 0U);
    table[byte] = rest;
  }
  return table;
}

template <class Number>
void append_raw(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// Protocol buffers: a field is a varint (number << 3 | wire type), then its value.
enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out.push_back(static_cast<char>(number | 0x80));
  out.push_back(static_cast<char>(number));
}
void append_key(std::string& out, std::uint64_t field, WireType type) { append_varint(out, field << 3 | type); }
void append_bytes(std::string& out, std::uint64_t field, std::string_view bytes) {
  append_key(out, field, kBytes);
  append_varint(out, bytes.size());
  out.append(bytes);
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::string event_at(double wall_time) {
  std::string event;
  append_key(event, 1, kFixed64);
  append_raw(event, wall_time);
  return event;
}

/// TFRecord's guard against checksums of data that hold checksums.
std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xA282EAD8U; }

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = crc_table();
  std::uint32_t crc = ~0U;
  for (const char letter : bytes) crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(letter)) & 255];
  return ~crc;
}

TensorboardEvents::TensorboardEvents(const std::filesystem::path& folder) {
  make_folder(folder);
  const auto start = now();
  file_ = folder / fmt::format("events.out.tfevents.{:010}.{}.langzoo", static_cast<std::int64_t>(start), ::getpid());
  auto event = event_at(start);
  append_bytes(event, 3, "brain.Event:2");
  append(event);
}

void TensorboardEvents::write(std::int64_t step, std::span<const Scalar> scalars, double wall_time) {
  std::string summary;
  for (const auto& scalar : scalars) {
    std::string value;
    append_bytes(value, 1, scalar.tag);
    append_key(value, 2, kFixed32);
    append_raw(value, static_cast<float>(scalar.value));
    append_bytes(summary, 1, value);
  }
  auto event = event_at(wall_time > 0 ? wall_time : now());
  if (step != 0) {  // the default is not written
    append_key(event, 2, kVarint);
    append_varint(event, static_cast<std::uint64_t>(step));
  }
  append_bytes(event, 5, summary);
  append(event);
}

void TensorboardEvents::append(std::string_view event) const {
  std::string record;
  append_raw(record, static_cast<std::uint64_t>(event.size()));
  append_raw(record, masked(crc32c(record)));
  record += event;
  append_raw(record, masked(crc32c(event)));
  append_to_file(file_, record);
}

}  // namespace zoo
