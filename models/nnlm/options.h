#pragma once

#include "base/fields.h"
#include "models/layers/output_layer.h"

namespace zoo::nnlm {

/// The defaults are the paper's network; what it does not have is off.
struct NnlmOptions {
  std::int64_t order = 5;
  std::int64_t embedding = 60;
  std::int64_t hidden = 100;
  bool direct = false;
  double dropout = 0;

  // A modern network of the same kind (Sun & Iyyer 2021).
  std::int64_t layers = 1;
  std::string activation = "tanh";
  bool residual = false;
  bool layer_norm = false;
  std::vector<std::int64_t> averages;
  double embedding_dropout = 0;
  bool tied = false;

  OutputOptions output;

  void fields(Fields& field);
  void check() const;  ///< throws UsageError for what does not go together
  std::int64_t near() const { return order - 1; }
  std::int64_t context() const;   ///< words that a prediction sees: near ones and those of all averages
  std::int64_t inputs() const;    ///< numbers of x
  std::int64_t features() const;  ///< numbers that the output layer sees
  /// For the paper's network V(1 + n·m + h) + h(1 + (n−1)m), V(n−1)m fewer without direct connections.
  double parameters(std::int64_t vocabulary) const;
};

}  // namespace zoo::nnlm
