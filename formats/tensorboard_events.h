#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace zoo {

/// Scalars for TensorBoard: a file of TFRecords, each an Event message in protocol buffers' encoding
/// (tensorflow/core/util/event.proto: wall_time = 1, step = 2, file_version = 3, summary = 5 with value.tag = 1 and
/// value.simple_value = 2). Each write reaches the file at once; a run that goes on starts a new file in its folder.
class TensorboardEvents {
 public:
  /// Makes `folder` and in it events.out.tfevents.SECONDS.PROCESS.langzoo. Throws Error naming it.
  explicit TensorboardEvents(const std::filesystem::path& folder);

  struct Scalar {
    std::string_view tag;  ///< "train/loss"
    double value;          ///< kept as float32
  };
  /// One event at `step`. `wall_time` in seconds since 1970; 0: now. Throws Error where the disk is full.
  void write(std::int64_t step, std::span<const Scalar> scalars, double wall_time = 0);

  const std::filesystem::path& file() const { return file_; }

 private:
  void append(std::string_view event) const;
  std::filesystem::path file_;
};

/// CRC-32C (Castagnoli): the checksum of TFRecords.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace zoo
