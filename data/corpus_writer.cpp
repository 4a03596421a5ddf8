#include "data/corpus_writer.h"

#include <cstddef>
#include <cstdio>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "data/corpus_file.h"

namespace zoo {
namespace {

/// 64-bit numbers kept in a temporary file beside the corpus until the ids are all written.
class NumberFile {
 public:
  explicit NumberFile(const std::filesystem::path& path) : path_(path), file_(std::fopen(path.c_str(), "w+b")) {
    if (file_ == nullptr) fail("{}: cannot write: {}", path_.string(), std::strerror(errno));
    std::remove(path.c_str());
  }
  ~NumberFile() { std::fclose(file_); }
  NumberFile(const NumberFile&) = delete;
  NumberFile& operator=(const NumberFile&) = delete;

  void add(std::uint64_t number) {
    if (std::fwrite(&number, sizeof number, 1, file_) != 1) failed();
    ++count_;
  }
  std::uint64_t count() const { return count_; }
  void copy_to(AtomicFile& out) {
    if (std::fflush(file_) != 0 || std::fseek(file_, 0, SEEK_SET) != 0) failed();
    std::vector<char> piece(1 << 18);
    std::uint64_t left = count_ * sizeof(std::uint64_t);
    while (left > 0) {
      const auto got = std::fread(piece.data(), 1, std::min<std::uint64_t>(piece.size(), left), file_);
      if (got == 0) failed();
      out.write(piece.data(), got);
      left -= got;
    }
  }

 private:
  [[noreturn]] void failed() const {
    fail("{}: cannot write: {}; is the disk full?", path_.string(), std::strerror(errno));
  }
  std::filesystem::path path_;
  std::FILE* file_;
  std::uint64_t count_ = 0;
};

}  // namespace

bool EncodedLines::add(const Tokenizer& tokenizer, std::string_view line, std::int64_t document, bool line_ends) {
  const auto before = ids.size();
  tokenizer.encode(line, ids);
  if (ids.size() == before) return false;
  if (line_ends) ids.push_back(kEnd);
  lengths.push_back(static_cast<std::uint32_t>(ids.size() - before));
  documents.push_back(document);
  bytes += line.size() + 1;
  return true;
}

void EncodedLines::remove_last(std::string_view line) {
  ids.resize(ids.size() - lengths.back());
  lengths.pop_back();
  documents.pop_back();
  bytes -= line.size() + 1;
}

struct CorpusWriter::State {
  State(const std::filesystem::path& file, const Tokenizer& tokenizer)
      : out(file),
        lines(file.string() + ".lines"),
        documents(file.string() + ".documents"),
        counts(static_cast<std::size_t>(tokenizer.size())) {}
  AtomicFile out;
  NumberFile lines, documents;
  std::vector<std::uint64_t> counts;
  CorpusHeader header{};
  std::int64_t document = -1;
};

CorpusWriter::CorpusWriter(const std::filesystem::path& file, const Tokenizer& tokenizer, bool line_ends)
    : state_(std::make_unique<State>(file, tokenizer)) {
  auto& header = state_->header;
  std::memcpy(header.magic, kCorpusMagic, sizeof kCorpusMagic);
  header.version = kCorpusVersion;
  header.line_ends = line_ends;
  header.vocabulary = state_->counts.size();
  const auto fingerprint = tokenizer.fingerprint();
  std::memcpy(header.fingerprint, fingerprint.data(), std::min(fingerprint.size(), sizeof header.fingerprint));
  state_->out.write(&header, sizeof header);
}

CorpusWriter::~CorpusWriter() = default;

std::int64_t CorpusWriter::lines() const { return static_cast<std::int64_t>(state_->lines.count()); }

void CorpusWriter::add(const EncodedLines& added) {
  auto& state = *state_;
  state.out.write(added.ids.data(), added.ids.size() * sizeof(TokenId));
  for (const auto id : added.ids) ++state.counts[static_cast<std::size_t>(id)];
  for (std::size_t i = 0; i < added.lengths.size(); ++i) {
    if (added.documents[i] != state.document) {
      state.document = added.documents[i];
      state.documents.add(state.lines.count());
    }
    state.lines.add(state.header.tokens);
    state.header.tokens += added.lengths[i];
  }
  state.header.text_bytes += added.bytes;
}

void CorpusWriter::finish() {
  auto& state = *state_;
  auto& header = state.header;
  header.lines = state.lines.count();
  header.documents = state.documents.count();
  state.lines.add(header.tokens);
  state.documents.add(header.lines);
  const CorpusLayout at(header);
  const char zeros[8] = {};
  state.out.write(zeros, at.lines - state.out.position());
  state.lines.copy_to(state.out);
  state.documents.copy_to(state.out);
  state.out.write(state.counts.data(), state.counts.size() * sizeof(std::uint64_t));
  header.file_bytes = state.out.position();
  header.check = quick_hash({reinterpret_cast<const char*>(&header), offsetof(CorpusHeader, check)});
  state.out.write_at(0, &header, sizeof header);
  state.out.commit();
}

}  // namespace zoo
