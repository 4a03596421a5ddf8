#pragma once

#include "models/elmo/options.h"
#include "models/layers/projected_lstm.h"
#include "models/model.h"

namespace zoo::elmo {

/// One direction of the language model: L LSTMs above each other (parameters "0", "1", …). To the output of each above
/// the first, not to its state, what went into it is added (options.skip).
struct LstmStackImpl : torch::nn::Module {
  explicit LstmStackImpl(const ElmoOptions& options);
  /// x [T, B, P] in reading order, lengths [B] or undefined → the output of each LSTM, lowest first, [T, B, P] each.
  /// `states`, one for each LSTM, are replaced by the last ones.
  std::vector<Tensor> forward(const Tensor& x, const Tensor& lengths, std::span<LstmState> states);
  std::vector<LstmState> zero_states(std::int64_t rows) const;
  void initialise(at::Generator& random);

  std::vector<ProjectedLstm> layers;

 private:
  bool skip_;
  double dropout_;
};
TORCH_MODULE(LstmStack);

// What is carried along streams: two tensors for each LSTM, h [slots, P] and c [slots, H].

/// The states that rows `slots` [B] go on from; zero for slots that were never used, and where `starts` [B] is true.
/// Undefined slots: row b goes on with slot b. Undefined starts: none.
std::vector<LstmState> take_states(const State& carried, std::vector<LstmState> zeros, const Tensor& slots,
                                   const Tensor& starts);
/// Puts the last states of those rows back, cut off from gradients.
void put_states(State& carried, const std::vector<LstmState>& states, const Tensor& slots);

}  // namespace zoo::elmo
