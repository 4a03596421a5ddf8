#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/corpus.h"
#include "data/text_files.h"

namespace zoo {

/// $ZOO_CACHE, else $XDG_CACHE_HOME/langzoo/corpora, else ~/.cache/langzoo/corpora; `given` goes before all. Made if
/// missing. Throws Error naming it if that cannot be, with the way out.
std::filesystem::path corpus_cache_folder(const std::filesystem::path& given);

/// A hash over the content of each of the files, in order. Their hashes are remembered in `folder`, and taken anew
/// only where size or modification time have changed (or the time is too recent to tell).
std::string content_hash(const std::vector<TextFile>& files, const std::filesystem::path& folder);

/// The corpora named by `key` (one, or the two sides of a parallel one): opened if they are there and whole, else
/// made by `build`, which writes all of the given files. Of two processes one builds and the other waits.
std::vector<Corpus> open_or_build(const std::filesystem::path& folder, const std::string& key,
                                  const std::vector<std::string>& suffixes,
                                  const std::function<void(const std::vector<std::filesystem::path>&)>& build);

}  // namespace zoo
