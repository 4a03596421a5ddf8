#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/documents.h"

namespace zoo {

/// What of a tag is kept.
///   whole   the tag as it stands
///   base    Brown's base tags (Francis & Kučera 1979): without the prefix FW- of foreign words and the suffixes -HL,
///           -TL, -NC of headlines, titles and cited words; of words written as one ("I'm", ppss+bem) the first one's
///           tag; without the mark * of a negation ("don't", do*). Of the 472 tags of the corpus 92 remain.
enum class TagForm { base, whole };
std::string_view base_tag(std::string_view tag);

/// Sentences whose words carry tags, in memory (about 70 bytes a word).
struct TaggedText {
  std::vector<std::string> words;           ///< [N]
  std::vector<std::int32_t> tags;           ///< [N], places in `names`; −1: none of them
  std::vector<std::uint64_t> sentences{0};  ///< first word of each, then N
  std::vector<std::string> names;           ///< of the tags, in byte order

  std::size_t size() const { return words.size(); }
  std::size_t sentence_count() const { return sentences.size() - 1; }
};

/// Reads "The/at jury/nn said/vbd ./.": a sentence a line, a tag behind each word's last slash, documents parted by
/// empty lines. The parts are those of the same text without tags (data/documents.h). Throws Error naming file, line
/// and word where something is no word/tag, and for a part that holds nothing.
TaggedText read_tagged_text(const std::vector<std::string>& inputs, Part part, TagForm form);

/// At most `limit` sentences (0: all) in an order drawn from the seed: the first of them are a smaller sample, so that
/// samples lie in one another.
TaggedText drawn_sentences(const TaggedText& text, std::uint64_t seed, std::size_t limit);

/// The first sentences of a text.
TaggedText first_sentences(const TaggedText& text, std::size_t count);

/// The text's tags as places in other names; −1 where they lack one.
std::vector<std::int32_t> tags_among(const TaggedText& text, std::span<const std::string> names);

}  // namespace zoo
