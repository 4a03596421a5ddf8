#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace zoo {

// A word as ELMo's character CNN reads it (Peters et al. 2018, with the numbers of the public models): begin-of-word,
// the word's UTF-8 bytes, end-of-word, then padding up to a fixed number of characters. Every id is one more than the
// public files' own row, because 0 stands for "no character" in rows that pad a batch.

inline constexpr std::int16_t kNoCharacter = 0;
inline constexpr std::int16_t kFirstByte = 1;  ///< byte b is kFirstByte + b
inline constexpr std::int16_t kSentenceBeginCharacter = 257, kSentenceEndCharacter = 258;
inline constexpr std::int16_t kWordBeginCharacter = 259, kWordEndCharacter = 260;
inline constexpr std::int16_t kPaddingCharacter = 261;
inline constexpr std::int64_t kCharacters = 262;  ///< how many ids there are

/// The number of characters of a word in the public models, marks included.
inline constexpr std::int64_t kMaxCharacters = 50;

/// Fills `ids`, whose size (at least 3) is the maximum of characters, with a word's. Bytes for which there is no room
/// beside the two marks are cut off, be it inside a character of several bytes.
void write_character_ids(std::string_view word, std::span<std::int16_t> ids);

/// The same for a word that is one special character: kSentenceBeginCharacter or kSentenceEndCharacter.
void write_mark_ids(std::int16_t mark, std::span<std::int16_t> ids);

}  // namespace zoo
