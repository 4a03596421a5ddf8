#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/text_reader.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// The ids of some lines.
struct EncodedLines {
  std::vector<TokenId> ids;
  std::vector<std::uint32_t> lengths;   ///< tokens of each line
  std::vector<std::int64_t> documents;  ///< of each line
  std::uint64_t bytes = 0;              ///< of their text, line ends included

  /// Appends a line; gives false, and leaves it out, if it has no tokens.
  bool add(const Tokenizer& tokenizer, std::string_view line, std::int64_t document, bool line_ends);
  /// Takes back the line added last.
  void remove_last(std::string_view line);
};

/// Writes a corpus file piece by piece: only the counts are held in memory. It appears under its name at finish().
class CorpusWriter {
 public:
  CorpusWriter(const std::filesystem::path& file, const Tokenizer& tokenizer, bool line_ends);
  ~CorpusWriter();

  void add(const EncodedLines& lines);
  std::int64_t lines() const;
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zoo
