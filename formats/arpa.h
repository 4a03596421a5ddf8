#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace zoo {

// The ARPA format of n-gram models in back-off form, as SRILM, KenLM and others read and write it
// (docs/file_formats.md):
//   \data\                      ngram 1=N1 … ngram n=Nn
//   \1-grams:                   log10 probability, tab, words with spaces between, tab, log10 back-off weight
//   …  \n-grams:                (the longest have no back-off weight)
//   \end\  (each section closed by an empty line)

/// One n-gram of a file.
struct ArpaNgram {
  std::span<const std::string_view> words;  ///< bytes of the file
  double probability = 0;                   ///< log10, at most 0
  std::optional<double> back_off;           ///< log10; nothing where the file leaves it out
  std::uint64_t line = 0;                   ///< of the file, from 1
};

/// A file, memory-mapped and read section by section: nothing of it is kept. Every Error names the file and the line.
class ArpaFile {
 public:
  /// Reads \data\. Throws Error where a line cannot be true: lengths that do not follow each other, more n-grams
  /// announced than the file has room for.
  explicit ArpaFile(const std::filesystem::path& path);

  int order() const { return static_cast<int>(counts_.size()); }
  /// How many n-grams of each length, 1 first.
  const std::vector<std::uint64_t>& counts() const { return counts_; }
  const std::filesystem::path& path() const { return path_; }

  /// Reads the section of the next length, 1 first; behind the last one \end\ must stand. Throws Error for a number
  /// that is none, a line with too few or too many words, another number of n-grams than announced, a file cut short.
  void read_section(const std::function<void(const ArpaNgram&)>& take);

  /// Throws Error that names the file and this line.
  [[noreturn]] void fail_at(std::uint64_t line, std::string_view what) const;

 private:
  bool next_line(std::string_view& line);
  void read_header();
  std::string_view next_line_with_text(std::string_view expected);
  std::uint64_t count_of(std::string_view line) const;
  void read_ngram(std::string_view line, ArpaNgram& ngram);

  std::filesystem::path path_;
  MappedFile file_;
  std::string_view rest_;
  std::uint64_t line_ = 0;
  int sections_read_ = 0;
  std::vector<std::uint64_t> counts_;
  std::vector<std::string_view> fields_;
};

/// Writes such a file; it appears whole or not at all.
class ArpaWriter {
 public:
  ArpaWriter(const std::filesystem::path& path, std::vector<std::uint64_t> counts);
  /// The n-grams of the next length follow, 1 first.
  void begin_section();
  /// Logarithms to base 10. Numbers are written so that they read back to the same float32.
  void write(float probability, std::span<const std::string_view> words, std::optional<float> back_off);
  /// Throws Error where another number of n-grams was written than announced.
  void commit();

 private:
  void end_section();

  std::filesystem::path path_;
  AtomicFile file_;
  std::vector<std::uint64_t> counts_;
  std::string line_;
  std::size_t section_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace zoo
