#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace zoo {

/// Test files are small; one larger than this is something else.
inline constexpr std::uint64_t kTextTableLimit = std::uint64_t{64} << 20;

/// Visits lines that are not empty, numbered from 1, without carriage return, byte order mark and outer spaces.
/// Throws Error naming the file if it is binary (a NUL byte).
void for_each_text_line(std::string_view text, const std::filesystem::path& file,
                        const std::function<void(std::string_view line, std::int64_t number)>& visit);

/// By tabs, else by commas, else by runs of spaces; spaces around a column are dropped.
std::vector<std::string_view> split_columns(std::string_view line);

/// A whole column as a finite number, or nothing.
std::optional<double> number_of(std::string_view column);

}  // namespace zoo
