#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace zoo {

enum class MadeArchive { tgz, zip };

/// Writes an archive of these (name, content) files; a content that begins with "-> " makes a symbolic link.
inline void make_archive(const std::filesystem::path& path, MadeArchive kind,
                         const std::vector<std::pair<std::string, std::string>>& files) {
  auto* writer = archive_write_new();
  if (kind == MadeArchive::tgz) {
    archive_write_add_filter_gzip(writer);
    archive_write_set_format_ustar(writer);
  } else {
    archive_write_set_format_zip(writer);
  }
  archive_write_open_filename(writer, path.c_str());
  for (const auto& [name, content] : files) {
    auto* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_perm(entry, 0644);
    const bool link = content.starts_with("-> ");
    archive_entry_set_filetype(entry, link ? AE_IFLNK : AE_IFREG);
    if (link) archive_entry_set_symlink(entry, content.c_str() + 3);
    archive_entry_set_size(entry, link ? 0 : static_cast<la_int64_t>(content.size()));
    archive_write_header(writer, entry);
    if (!link) archive_write_data(writer, content.data(), content.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
}

}  // namespace zoo
