#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fields.h"
#include "models/layers/output_layer.h"

namespace zoo::elmo {

/// Symbols as in README.md: K characters of d numbers, filters, P = projection, H = cell, L = LSTM layers a direction.
struct ElmoOptions {
  std::string token_layer = "characters";
  std::int64_t max_characters = 50, character_dim = 16;
  std::vector<std::int64_t> filter_widths = {1, 2, 3, 4}, filter_counts = {32, 32, 64, 128};
  std::string activation = "relu";
  std::int64_t highways = 1;

  std::int64_t projection = 128, cell = 512, layers = 2;
  bool skip = true;
  double cell_clip = 3, projection_clip = 3;

  double dropout = 0.1;
  std::int64_t length = 20;
  std::string softmax = "full";
  OutputOptions output;

  void fields(Fields& field);
  void check() const;            ///< throws UsageError for what cannot be
  std::int64_t filters() const;  ///< of all widths together
  bool spelled() const { return token_layer == "characters"; }
  bool predicts() const { return softmax != "none"; }
  /// Numbers that are trained: the word's own network, the LSTMs of both directions, the softmax.
  double parameters(std::int64_t vocabulary) const;
};

}  // namespace zoo::elmo
