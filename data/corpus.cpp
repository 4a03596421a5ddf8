#include "data/corpus.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "data/corpus_file.h"

namespace zoo {

struct Corpus::Storage {
  std::span<const TokenId> ids;
  std::span<const std::uint64_t> lines, documents, counts;
  std::uint64_t bytes = 0;
  bool line_ends = true;
  std::string fingerprint;
  std::filesystem::path path;
  // What the spans point into: a file, or memory.
  MappedFile file;
  std::vector<TokenId> own_ids;
  std::vector<std::uint64_t> own_lines, own_documents, own_counts;
};

namespace {

CorpusHeader read_header(std::string_view content, const std::filesystem::path& path) {
  CorpusHeader header;
  if (content.size() < sizeof header || std::memcmp(content.data(), kCorpusMagic, sizeof kCorpusMagic) != 0) {
    fail("{}: is no corpus of token ids; remove it, it is made anew from the text", path.string());
  }
  std::memcpy(&header, content.data(), sizeof header);
  if (header.version != kCorpusVersion) {
    fail("{}: corpus format {} is not known, this program reads {}; remove it, it is made anew from the text",
         path.string(), header.version, kCorpusVersion);
  }
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 48;
  const bool sane = header.tokens < kLimit && header.lines < kLimit && header.documents < kLimit &&
                    header.vocabulary < kLimit && header.vocabulary >= kSpecialTokens &&
                    header.check == quick_hash(content.substr(0, offsetof(CorpusHeader, check)));
  if (!sane || CorpusLayout(header).end != content.size() || header.file_bytes != content.size()) {
    fail("{}: the corpus is damaged or cut short; remove it, it is made anew from the text", path.string());
  }
  return header;
}

template <class T>
std::span<const T> array_at(std::string_view content, std::uint64_t offset, std::uint64_t count) {
  return {reinterpret_cast<const T*>(content.data() + offset), static_cast<std::size_t>(count)};
}

/// From 0 on never less than before, up to `last`.
bool rises_to(std::span<const std::uint64_t> places, std::uint64_t last) {
  return places.front() == 0 && places.back() == last && std::is_sorted(places.begin(), places.end());
}

/// Pages of the file that were looked at once need not stay in this process's memory.
void let_go(std::span<const TokenId> ids) {
  constexpr std::uintptr_t kPage = 4096;
  const auto begin = (reinterpret_cast<std::uintptr_t>(ids.data()) + kPage - 1) / kPage * kPage;
  const auto end = reinterpret_cast<std::uintptr_t>(ids.data() + ids.size()) / kPage * kPage;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

/// Whether all ids lie in [0, vocabulary); on all cores, as fast as memory gives them.
bool all_below(std::span<const TokenId> ids, std::uint64_t vocabulary) {
  constexpr std::size_t kWorthAThread = std::size_t{1} << 22;
  const auto threads =
      std::min<std::size_t>(static_cast<std::size_t>(available_threads()), ids.size() / kWorthAThread + 1);
  std::atomic<bool> all = true;
  run_on_threads(static_cast<int>(threads), [&](int thread) {
    const auto number = static_cast<std::size_t>(thread);
    const auto begin = ids.size() * number / threads, end = ids.size() * (number + 1) / threads;
    constexpr std::size_t kAtOnce = std::size_t{1} << 20;
    for (auto place = begin; place < end && all; place += kAtOnce) {
      const auto part = ids.subspan(place, std::min(kAtOnce, end - place));
      bool outside = false;
      for (const auto id : part) outside |= static_cast<std::uint32_t>(id) >= vocabulary;
      if (outside) all = false;
      let_go(part);
    }
  });
  return all;
}

}  // namespace

std::span<const TokenId> Corpus::ids() const { return storage_->ids; }
std::span<const std::uint64_t> Corpus::lines() const { return storage_->lines; }
std::span<const std::uint64_t> Corpus::documents() const { return storage_->documents; }
std::span<const std::uint64_t> Corpus::counts() const { return storage_->counts; }
std::uint64_t Corpus::bytes() const { return storage_->bytes; }
bool Corpus::line_ends() const { return storage_->line_ends; }
const std::string& Corpus::fingerprint() const { return storage_->fingerprint; }
const std::filesystem::path& Corpus::path() const { return storage_->path; }

Corpus Corpus::open(const std::filesystem::path& file) {
  auto storage = std::make_shared<Storage>();
  storage->file = MappedFile(file);
  const auto content = storage->file.text();
  const auto header = read_header(content, file);
  const CorpusLayout at(header);
  storage->ids = array_at<TokenId>(content, at.ids, header.tokens);
  storage->lines = array_at<std::uint64_t>(content, at.lines, header.lines + 1);
  storage->documents = array_at<std::uint64_t>(content, at.documents, header.documents + 1);
  storage->counts = array_at<std::uint64_t>(content, at.counts, header.vocabulary);
  // The check number is of the header alone. What lies behind it is read through here, so that no id and no line of a
  // damaged file is taken for a place in memory later.
  if (!rises_to(storage->lines, header.tokens) || !rises_to(storage->documents, header.lines) ||
      !all_below(storage->ids, header.vocabulary)) {
    fail("{}: the corpus is damaged; remove it, it is made anew from the text", file.string());
  }
  storage->bytes = header.text_bytes;
  storage->line_ends = header.line_ends != 0;
  storage->fingerprint.assign(header.fingerprint, sizeof header.fingerprint);
  storage->path = file;
  Corpus corpus;
  corpus.storage_ = std::move(storage);
  return corpus;
}

Corpus Corpus::from_lines(const std::vector<std::vector<TokenId>>& lines, std::int64_t vocabulary_size) {
  auto storage = std::make_shared<Storage>();
  storage->own_counts.resize(static_cast<std::size_t>(std::max<std::int64_t>(vocabulary_size, kSpecialTokens)));
  storage->own_lines = {0};
  for (const auto& line : lines) {
    for (const auto id : line) {
      if (id < 0 || id >= vocabulary_size) fail("id {}: not in [0, {})", id, vocabulary_size);
      storage->own_ids.push_back(id);
      ++storage->own_counts[static_cast<std::size_t>(id)];
    }
    storage->own_lines.push_back(storage->own_ids.size());
  }
  storage->own_documents = {0, lines.size()};
  storage->line_ends = !lines.empty() && !lines[0].empty() && lines[0].back() == kEnd;
  storage->ids = storage->own_ids;
  storage->lines = storage->own_lines;
  storage->documents = storage->own_documents;
  storage->counts = storage->own_counts;
  Corpus corpus;
  corpus.storage_ = std::move(storage);
  return corpus;
}

void check_tokenizer(const Corpus& corpus, const Tokenizer& tokenizer, const std::string& whose) {
  if (corpus.fingerprint() == tokenizer.fingerprint()) return;
  fail(
      "{}: its tokenizer (fingerprint {:.12}) is not the one that encoded the corpus {} ({:.12}); encode the text "
      "again with it",
      whose, tokenizer.fingerprint(), corpus.path().string(), corpus.fingerprint());
}

}  // namespace zoo
