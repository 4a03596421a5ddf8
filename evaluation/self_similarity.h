#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "evaluation/occurrences.h"

namespace zoo {

// How much of a word's vector its sentence decides: the mean cosine between two occurrences of one word
// (self-similarity; Ethayarajh, EMNLP 2019, §3), beside that of two occurrences of different words in the same layer,
// for vectors of one layer may all point the same way. One vector a word gives 1.

/// Mean cosine over all pairs of rows of x [N, D], N at least 2; rows without a length count as cosine 0.
double mean_cosine(const Tensor& x);
/// The same over the pairs whose kinds differ (`of_equals` false) or are the same, kinds below 0 left out. NaN where
/// there is no such pair.
double mean_cosine(const Tensor& x, const std::vector<std::int64_t>& kinds, bool of_equals);

/// x [N, D] on its first two principal axes, [N, 2], each axis turned so that its largest coordinate is positive; and
/// the share of the variance that they hold.
struct PlaneMap {
  Tensor points;
  double share;
};
PlaneMap principal_plane(const Tensor& x);

/// Words near a word that tell its occurrences apart: those that stand within `radius` places of it at least three
/// times as often as in the text. Chosen one after the other by n · log r, r = (n / slots) / (count / tokens), n being
/// the occurrences that have the neighbour and none chosen before; n must be 3 and a twentieth of all.
struct TellingNeighbours {
  std::vector<std::string> words;        ///< best first
  std::vector<std::int64_t> neighbours;  ///< for each occurrence the first of `words` that it has, or −1
};
TellingNeighbours telling_neighbours(const OccurrenceSample& sample, const OccurrenceSample::Word& word,
                                     const Tokenizer& tokenizer, std::int64_t radius = 3, std::size_t most = 5);

/// {"contextual", "layers", "reference" (a number for each layer), "left_out", "words": {WORD: {"seen", "occurrences",
/// "similarity" (for each layer), "nearest" and "farthest" ([{"cosine", "a", "b"}], of K), "map": {"share", "groups":
/// [{"title", "points": [[x, y, sentence]]}]}, "same_neighbour", "other_neighbour"}}}. K is the mean of the layers, the
/// last of "layers". Sentences have the word in *stars*.
Json measure_occurrences(const SentenceVectors& vectors, const Tokenizer& tokenizer, const OccurrenceSample& sample);

}  // namespace zoo
