#include "data/parallel_corpus.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/corpus_cache.h"
#include "data/corpus_file.h"
#include "data/corpus_writer.h"

namespace zoo {
namespace {

/// Every line of a text, one by one.
class LineCursor {
 public:
  explicit LineCursor(const std::vector<TextFile>& files) : source_(files) {}
  /// False at the end of the last file.
  bool next() {
    while (++at_ >= block_.lines.size()) {
      if (!source_.next(block_)) return false;
      at_ = static_cast<std::size_t>(-1);
    }
    return true;
  }
  std::string_view line() const { return block_.line(block_.lines[at_]); }
  std::size_t file() const { return block_.file; }
  std::int64_t number() const { return block_.first_line + static_cast<std::int64_t>(at_); }
  std::uint64_t bytes_read() const { return source_.bytes_read(); }

 private:
  LineSource source_;
  TextBlock block_;
  std::size_t at_ = static_cast<std::size_t>(-1);
};

/// The pairs of two texts in order.
class PairReader {
 public:
  PairReader(const TextReader& source, const TextReader& target)
      : source_text_(source), target_text_(target), source_(source.files()), target_(target.files()) {}

  enum class Kind { pair, mark, dropped };
  /// What the next two lines are; false at the end.
  bool next(Kind& kind) {
    const bool source_there = source_.next(), target_there = target_.next();
    if (source_there != target_there || (source_there && source_.file() != target_.file())) mismatch(source_there);
    if (!source_there) return false;
    kind = is_blank(source()) && is_blank(target())   ? Kind::mark
           : is_blank(source()) || is_blank(target()) ? Kind::dropped
                                                      : Kind::pair;
    new_file_ = source_.file() != file_;
    file_ = source_.file();
    return true;
  }
  bool new_file() const { return new_file_; }
  std::string_view source() const { return source_.line(); }
  std::string_view target() const { return target_.line(); }
  std::uint64_t bytes_read() const { return source_.bytes_read() + target_.bytes_read(); }

 private:
  [[noreturn]] void mismatch(bool source_is_longer) const {
    const auto& longer = source_is_longer ? source_text_ : target_text_;
    const auto& shorter = source_is_longer ? target_text_ : source_text_;
    const auto& cursor = source_is_longer ? source_ : target_;
    fail(
        "{} and {}: their lines do not match in number: {} goes on at line {} where the other ends; each line must "
        "stand beside its translation",
        longer.name(), shorter.name(), longer.files()[cursor.file()].name, cursor.number());
  }

  const TextReader &source_text_, &target_text_;
  LineCursor source_, target_;
  std::size_t file_ = 0;
  bool new_file_ = false;
};

/// As for one text: reads until 20 documents are found.
std::int64_t find_longest_document(const TextReader& source, const TextReader& target) {
  PairReader reader(source, target);
  PairReader::Kind kind;
  DocumentCounter counter;
  std::int64_t pairs = 0;
  while (counter.documents() < kSplitEvery && reader.next(kind)) {
    if (kind == PairReader::Kind::mark || reader.new_file()) counter.mark();
    if (kind != PairReader::Kind::pair) continue;
    counter.next_line();
    ++pairs;
  }
  return longest_document(counter.documents(), pairs);
}

}  // namespace

ParallelCorpus open_parallel_corpus(const std::vector<std::string>& source_inputs,
                                    const std::vector<std::string>& target_inputs, Part part,
                                    const Tokenizer& source_tokenizer, const Tokenizer& target_tokenizer,
                                    const CorpusOptions& options) {
  const TextReader source_text(source_inputs), target_text(target_inputs);
  const auto both = fmt::format("{} and {}", source_text.name(), target_text.name());
  if (source_text.files().size() != target_text.files().size()) {
    fail("{}: {} files against {}; each file must have its translation", both, source_text.files().size(),
         target_text.files().size());
  }
  const auto folder = corpus_cache_folder(options.cache_folder);
  const auto key = sha256(fmt::format("parallel {} {} {} {} {} {} {}", kCorpusVersion, source_tokenizer.fingerprint(),
                                      target_tokenizer.fingerprint(), content_hash(source_text.files(), folder),
                                      content_hash(target_text.files(), folder), part_name(part), options.line_ends))
                       .substr(0, 32);
  const auto build = [&](const std::vector<std::filesystem::path>& files) {
    DocumentCounter counter(find_longest_document(source_text, target_text));
    CorpusWriter source_writer(files[0], source_tokenizer, options.line_ends);
    CorpusWriter target_writer(files[1], target_tokenizer, options.line_ends);
    Progress progress(fmt::format("encoding {} ({})", both, part_name(part)),
                      static_cast<double>(source_text.total_bytes() + target_text.total_bytes()), "B");
    PairReader reader(source_text, target_text);
    PairReader::Kind kind;
    EncodedLines source, target;
    const auto write = [&] {
      source_writer.add(source);
      target_writer.add(target);
      source = target = {};
      progress.update(static_cast<double>(reader.bytes_read()));
      if (interrupted()) throw Interrupted("encoding stopped by Ctrl-C; nothing was kept");
    };
    std::int64_t dropped = 0;
    while (reader.next(kind)) {
      if (kind == PairReader::Kind::mark || reader.new_file()) counter.mark();
      dropped += kind == PairReader::Kind::dropped;
      if (kind != PairReader::Kind::pair) continue;
      const auto document = counter.next_line();
      if (!in_part(document, part)) continue;
      if (!source.add(source_tokenizer, reader.source(), document, options.line_ends)) {
        ++dropped;
      } else if (!target.add(target_tokenizer, reader.target(), document, options.line_ends)) {
        source.remove_last(reader.source());
        ++dropped;
      }
      if (source.ids.size() > (1 << 18)) write();
    }
    write();
    if (source_writer.lines() == 0) {
      fail("{}: the {} part holds no pair of lines; give texts of at least 20 lines, or name this part's files", both,
           part_name(part));
    }
    if (dropped > 0) {
      log_info(fmt::format("{}: left out {} pairs of which one line is empty", both, dropped));
    }
    source_writer.finish();
    target_writer.finish();
  };
  const auto corpora = open_or_build(folder, key, {"-source", "-target"}, build);
  return {corpora[0], corpora[1]};
}

}  // namespace zoo
