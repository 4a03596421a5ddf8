#include "data/corpus.h"

#include <cstddef>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
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
  if (storage->lines.back() != header.tokens || storage->documents.back() != header.lines) {
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
