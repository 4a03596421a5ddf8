#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace zoo {

/// SHA-256 as 64 hexadecimal digits: fingerprints, checksums.
std::string sha256(std::string_view bytes);
std::string sha256_of_file(const std::filesystem::path& path);

/// XXH3, 64 bits: hash tables and quick comparison, not for identity across formats.
std::uint64_t quick_hash(std::string_view bytes);

}  // namespace zoo
