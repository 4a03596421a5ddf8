#include "tokenizers/word_cache.h"

#include <array>

namespace zoo {

constexpr std::size_t kMostWords = 1 << 19;  // about 50 MB

WordCache& WordCache::of_thread(std::uint64_t owner) {
  // A few side by side: two tokenizers take turns on a parallel corpus.
  thread_local std::array<WordCache, 4> caches;
  auto& cache = caches[owner % caches.size()];
  if (cache.owner_ != owner) {
    cache = WordCache();
    cache.owner_ = owner;
  }
  return cache;
}

const WordCache::Entry& WordCache::insert(std::string_view word, std::span<const TokenId> ids, double cost,
                                          double margin) {
  if (entries_.size() == kMostWords) {
    const auto owner = owner_;
    *this = WordCache();
    owner_ = owner;
  }
  words_.insert(word);
  const auto begin = static_cast<std::uint32_t>(ids_.size());
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  entries_.push_back({begin, static_cast<std::uint32_t>(ids_.size()), cost, margin});
  return entries_.back();
}

}  // namespace zoo
