#include "models/elmo/options.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "tokenizers/character_ids.h"

namespace zoo::elmo {

void ElmoOptions::fields(Fields& field) {
  field("token_layer", token_layer,
        "what a word's own vector is made from: its characters, or one learned vector a word")
      .choices({"characters", "words"});
  field("max_characters", max_characters, "characters of a word that are read, its two marks among them")
      .range(3, 1000);
  field("character_dim", character_dim, "d: numbers in a character's vector").range(1, 4096);
  field("filter_widths", filter_widths, "characters that the filters of each group see").range(1, 1000);
  field("filter_counts", filter_counts, "how many filters each group has").range(1, 1 << 16);
  field("activation", activation, "of the filters").choices({"relu", "tanh"});
  field("highways", highways, "highway layers above the filters").range(0, 64);
  field("projection", projection, "P: numbers in a word's own vector and in each direction's output").range(1, 1 << 16);
  field("cell", cell, "H: numbers in an LSTM's cell").range(1, 1 << 17);
  field("layers", layers, "L: LSTM layers in each direction").range(1, 64);
  field("skip", skip, "add to the output of each LSTM above the first what went into it");
  field("cell_clip", cell_clip, "the cell stays within ± this; 0: not clipped").range(0, 1e9);
  field("projection_clip", projection_clip, "an LSTM's output stays within ± this; 0: not clipped").range(0, 1e9);
  field("dropout", dropout, "share of each LSTM's inputs and of the softmax's zeroed in training").range(0, 0.95);
  field("length", length, "words of a stream that one batch holds: how far gradients go back").range(1, 1 << 16);
  field("softmax", softmax, "of the whole vocabulary; none: vectors only, as imported models have it")
      .choices({"full", "none"});
  output.fields(field);
}

void ElmoOptions::check() const {
  if (!spelled()) return;
  if (filter_widths.size() != filter_counts.size() || filter_widths.empty()) {
    fail_usage("model.filter_counts: {} numbers for {} model.filter_widths; give one for each", filter_counts.size(),
               filter_widths.size());
  }
  const auto widest = *std::max_element(filter_widths.begin(), filter_widths.end());
  if (widest > max_characters) {
    fail_usage("model.filter_widths: {} is more than model.max_characters, {}; make the first smaller", widest,
               max_characters);
  }
}

std::int64_t ElmoOptions::filters() const {
  return std::accumulate(filter_counts.begin(), filter_counts.end(), std::int64_t{0});
}

double ElmoOptions::parameters(std::int64_t vocabulary) const {
  const auto words = static_cast<double>(vocabulary), n = static_cast<double>(filters());
  const auto p = static_cast<double>(projection), h = static_cast<double>(cell);
  auto total = 2 * static_cast<double>(layers) * (4 * h * (2 * p + 1) + p * h);
  if (spelled()) {
    total += static_cast<double>(kCharacters * character_dim);
    for (std::size_t i = 0; i < filter_widths.size(); ++i) {
      total += static_cast<double>(filter_counts[i] * (filter_widths[i] * character_dim + 1));
    }
    total += static_cast<double>(highways) * 2 * n * (n + 1) + p * (n + 1);
  } else {
    total += words * p;
  }
  return predicts() ? total + output.parameters(vocabulary, projection) : total;
}

}  // namespace zoo::elmo
