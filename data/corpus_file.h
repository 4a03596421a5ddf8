#pragma once

#include <cstdint>

namespace zoo {

inline constexpr char kCorpusMagic[8] = {'Z', 'O', 'O', 'C', 'O', 'R', 'P', '\n'};
inline constexpr std::uint32_t kCorpusVersion = 1;

/// The first 256 bytes of a corpus file; little-endian, as every machine that we build for is. Then lie, each at a
/// multiple of 8 bytes: ids [tokens] int32, lines [lines + 1] uint64, documents [documents + 1] uint64,
/// counts [vocabulary] uint64; and nothing more.
struct CorpusHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t line_ends;   ///< 1 where each line ends with kEnd
  std::uint64_t file_bytes;  ///< of the whole file: one cut short is told at once
  std::uint64_t tokens, lines, documents, vocabulary;
  std::uint64_t text_bytes;
  char fingerprint[64];     ///< the tokenizer's, in hexadecimal digits
  std::uint64_t check;      ///< quick_hash of the bytes before this field
  unsigned char zero[120];  ///< room for later versions
};
static_assert(sizeof(CorpusHeader) == 256);

/// Where each array begins, from the header's numbers; which must be below 2^48, so that nothing overflows.
struct CorpusLayout {
  std::uint64_t ids, lines, documents, counts, end;
  explicit CorpusLayout(const CorpusHeader& header) {
    ids = sizeof(CorpusHeader);
    lines = (ids + header.tokens * 4 + 7) / 8 * 8;
    documents = lines + (header.lines + 1) * 8;
    counts = documents + (header.documents + 1) * 8;
    end = counts + header.vocabulary * 8;
  }
};

}  // namespace zoo
