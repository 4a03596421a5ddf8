#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/fields.h"
#include "base/random.h"
#include "evaluation/likeliest.h"
#include "models/model.h"

namespace zoo {

/// How the next word is drawn.
struct SamplingOptions {
  double temperature = 1;
  std::int64_t top_k = 0;
  double top_p = 1;

  void fields(Fields& field);
};

/// A word that may be drawn, and its probability among those that may.
struct Choice {
  TokenId word;
  double probability;
};

/// What may be drawn from log-probabilities [V], the likeliest first: p^(1/temperature), made to sum to one; of these
/// the top_k likeliest (Fan et al. 2018); of these the fewest that together have top_p (Holtzman et al. 2020). The
/// `excluded` words never. Temperature 0: the likeliest alone, of equals the one of the lowest id.
std::vector<Choice> choices(const Tensor& log_probabilities, const SamplingOptions& options,
                            const std::vector<TokenId>& excluded = {});

/// One of them, by their probabilities.
TokenId draw(const std::vector<Choice>& choices, Random& random);

/// Draws next words one after the other: as draw(choices(…)) does, but without putting the vocabulary in order. It goes
/// through the likeliest words only as far as the draw needs.
class Sampler {
 public:
  explicit Sampler(const SamplingOptions& options) : options_(options) {}
  /// log_probabilities [V]; `excluded` ascending. Throws Error where no word is left, or for NaN.
  TokenId draw(const float* log_probabilities, std::int64_t vocabulary, const std::vector<TokenId>& excluded,
               Random& random);

 private:
  SamplingOptions options_;
  std::vector<LikelyWord> words_;
  std::vector<double> weights_;
};

struct GenerateOptions {
  SamplingOptions sampling;
  std::int64_t max_new_tokens = 100;
  std::int64_t lines = 0;  ///< stop after so many line ends; 0: go on
  std::uint64_t seed = 1;
  std::vector<TokenId> excluded;
  std::int64_t no_repeat = 0;  ///< no so many tokens in a row are made that stand in the text already; 0: they may be
};

/// Goes on with `prompt` (at least one token; kEnd alone where the text begins), word by word. Returns the new tokens;
/// each is handed to `seen` as it comes. On Ctrl-C it returns what there is.
std::vector<TokenId> generate(const NextWord& model, const std::vector<TokenId>& prompt, const GenerateOptions& options,
                              const std::function<void(TokenId)>& seen = {});

}  // namespace zoo
