#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/text_reader.h"
#include "evaluation/sentence_vectors.h"

namespace zoo {

/// A word where it stands.
struct Occurrence {
  WordLine sentence;
  std::int64_t position;  ///< of the word in it
};

/// [L, N, D]: the vectors of the words at their positions, each sentence read by itself. Shows progress.
Tensor vectors_at(const SentenceVectors& vectors, std::span<const Occurrence> occurrences);

/// [L, N, D] → [L + 1, N, D], the mean of the layers last; one layer stays as it is.
Tensor with_average(const Tensor& layers);
std::vector<std::string> with_average(std::vector<std::string> layers);

/// The same words met in different sentences.
struct OccurrenceSample {
  struct Word {
    std::string word;
    TokenId piece;
    std::int64_t seen;  ///< how often it stands in the text
    std::vector<Occurrence> occurrences;
  };
  std::vector<Word> words;
  std::vector<std::string> left_out;  ///< words asked for that the vocabulary lacks or the text hardly has
  std::vector<Occurrence> reference;  ///< of any words, each place of the text being as likely
  std::vector<std::int64_t> counts;   ///< [V]: of each piece in the text
  std::int64_t tokens = 0;            ///< their sum
};

struct SampleSettings {
  std::int64_t most = 60;        ///< occurrences of a word
  std::int64_t least = 8;        ///< a word that stands in fewer places is left out
  std::int64_t reference = 300;  ///< occurrences of any words
  std::int64_t around = 40;      ///< so many words on each side are read and kept
  std::uint64_t seed = 1;
};

/// Draws occurrences from the whole text, each as likely (reservoir sampling), in the order of the text. Throws Error
/// where none of the words is left.
OccurrenceSample sample_occurrences(const TextReader& text, const Tokenizer& tokenizer,
                                    const std::vector<std::string>& words, const SampleSettings& settings);

/// The sentence around a word, at most `around` words on each side.
Occurrence cut_around(const WordLine& line, std::int64_t position, std::int64_t around);

}  // namespace zoo
