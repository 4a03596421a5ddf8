#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace zoo {

/// Whether a file begins like an archive that unpack_archive takes: gzip (a .tgz), zip (a Python wheel) or tar.
bool is_archive(const std::filesystem::path& file);

/// Writes the wanted files of an archive (.tgz, .tar, .zip, a wheel) into an existing folder, each under its last name
/// ("package/ca01" → "ca01"). Gives how many. Nothing outside `folder` can be written. Throws Error naming the archive
/// if it is damaged or cut short, holds a name that leads out of it (absolute, or with ".."), a wanted entry is not a
/// plain file, or more than 1 GiB would be written.
std::size_t unpack_archive(const std::filesystem::path& archive, const std::filesystem::path& folder,
                           const std::function<bool(std::string_view name)>& wanted);

}  // namespace zoo
