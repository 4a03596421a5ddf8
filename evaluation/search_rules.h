#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.h"
#include "models/model.h"

namespace zoo {

/// How translations are searched for.
struct SearchOptions {
  std::int64_t beam = 4;
  std::string length_penalty = "paper";
  double alpha = 0.6;
  std::int64_t extra = 50;
  std::int64_t n_best = 1;
  bool allow_unknown = false;
  std::int64_t no_repeat = 0;

  void fields(Fields& field);
};

/// What a translation must begin with; `whole`: and that it is all of it, so that only its probabilities are asked for.
struct Prefix {
  std::vector<TokenId> words;
  bool whole = false;
};

/// One translation, its end left out of the words but counted everywhere else.
struct Hypothesis {
  std::vector<TokenId> words;
  std::vector<double> log_probabilities;  ///< nats, of each word given those before it; the end's is the last
  double log_probability = 0;             ///< their sum
  double score = 0;                       ///< the sum divided by the length penalty: what ranks hypotheses
};

/// By what log-probabilities are divided, so that long translations are not at a disadvantage; `length` counts the end.
///   paper  ((5 + length) / 6)^α  (Wu et al. 2016, equation 14; Vaswani et al. 2017 with α = 0.6)
///   power  length^α
///   none   1
double length_penalty(const SearchOptions& options, std::int64_t length);

/// The words that would make `n` words in a row stand in the text a second time (Paulus et al. 2017).
std::vector<TokenId> repeating(const std::vector<TokenId>& words, std::int64_t n);

/// Which words a translation may go on with: the same rules for every search.
class SearchRules {
 public:
  /// For a source of so many tokens, its end counted. Throws Error for a prefix longer than the model writes.
  SearchRules(const Translation& model, std::int64_t source_length, const SearchOptions& options, Prefix prefix);

  /// The one word that may follow `count` words, or nothing where there is a choice: the prefix's own, and the end
  /// behind a whole one and where no more words are allowed.
  std::optional<TokenId> only_word(std::size_t count) const;
  bool must_end(std::size_t count) const { return only_word(count) == kEnd; }
  /// Ascending: special tokens but the end, <unk> where it is not allowed, and what would repeat.
  std::vector<TokenId> banned(const std::vector<TokenId>& words) const;
  bool looks_back() const { return no_repeat_ > 0; }  ///< whether banned() asks for the words at all

 private:
  Prefix prefix_;
  std::size_t most_words_;
  bool allow_unknown_;
  std::int64_t no_repeat_;
};

/// One for each sentence; `prefixes` has as many, or none at all. Throws Error for another number.
std::vector<SearchRules> search_rules(const Translation& model, const Tensor& lengths, const SearchOptions& options,
                                      const std::vector<Prefix>& prefixes);

}  // namespace zoo
