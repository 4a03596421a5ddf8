#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "vectors/neighbours.h"

namespace zoo {

/// The words of a text that have a vector. Words stand between white space; one that is unknown as it stands is looked
/// up without the punctuation around it.
struct TextWords {
  std::vector<std::string> words;   ///< as they were found, in their order
  std::vector<WordVector> vectors;  ///< of `words`; none without a direction
  std::vector<std::string> unknown;
};
TextWords words_of(const NeighbourSearch& search, std::string_view text);

/// Cosine of the means of the two texts' unit vectors, in double precision; with one word each it is the cosine of the
/// two words. Throws Error where a text has no known word, or its mean has no direction.
double similarity(const TextWords& first, const TextWords& second);

/// A word and how near it is to the mean of all.
struct Belonging {
  std::size_t word;  ///< which of those given
  double cosine;     ///< with the mean of the unit vectors of all
};
/// The odd one out first: the word whose cosine with the mean of all unit vectors is the least, then the others up to
/// the one that belongs best; equal ones in the order given. Throws Error for less than three words or a mean without a
/// direction.
std::vector<Belonging> odd_one_out(const std::vector<WordVector>& words);

/// Word mover's distance (Kusner, Sun, Kolkin & Weinberger 2015, eq. 1), exact: the least total distance over which the
/// words of one text must travel to become those of the other, each word's share of its text moved by the Euclidean
/// distance of unit vectors. 0 for texts of the same words. Throws Error where a text has no known word or one is
/// longer than kLongestMoved.
double word_movers_distance(const TextWords& first, const TextWords& second);
inline constexpr std::size_t kLongestMoved = 500;  ///< different words in a text

/// The least cost of moving `supply` [n] onto `demand` [m], whose sums are equal, at cost [n, m] ≥ 0 a unit
/// (successive shortest paths, exact).
double least_transport_cost(std::vector<std::int64_t> supply, std::vector<std::int64_t> demand,
                            const std::vector<double>& cost);

}  // namespace zoo
