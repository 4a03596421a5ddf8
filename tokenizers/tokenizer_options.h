#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"

namespace zoo {

/// What a tokenizer is trained with; each type uses those that concern it.
struct TokenizerOptions {
  std::string type = "word";
  std::int64_t vocabulary_size = 16384;
  std::int64_t min_count = 1;
  bool lowercase = false;
  std::string split = "punctuation";
  bool byte_fallback = false;
  double character_coverage = 0.9995;
  std::int64_t training_lines = 1'000'000;

  void fields(Fields& f) {
    f("type", type, "word: rule-based words; char: characters; unigram, bpe: SentencePiece")
        .choices({"word", "char", "unigram", "bpe"});
    f("vocabulary_size", vocabulary_size,
      "number of pieces, the 5 special tokens included: at most so many for word and char (0: no limit), exactly so "
      "many for unigram and bpe")
        .range(0, 1 << 30);
    f("min_count", min_count, "word, char: rarer pieces become <unk>").range(1, 1e12);
    f("lowercase", lowercase, "lower-case the text");
    f("split", split, "word: split off punctuation, or only at whitespace (text that is tokenised already)")
        .choices({"punctuation", "whitespace"});
    f("byte_fallback", byte_fallback, "unigram, bpe: write unknown characters as bytes, so that nothing is <unk>");
    f("character_coverage", character_coverage, "unigram, bpe: share of the text's characters that become pieces")
        .range(0.98, 1.0);
    f("training_lines", training_lines,
      "unigram, bpe: train on so many lines, drawn evenly from the text (0: all; they are held in memory)")
        .range(0, 1e12);
  }
};

}  // namespace zoo
