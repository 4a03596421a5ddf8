#pragma once

#include "models/layers/projected_lstm.h"

namespace zoo {

/// True where fused_lstm() can be had: float32 on the CPU.
bool fused_lstm_serves(const torch::Tensor& x, const ProjectedLstmWeights& weights);

/// Whether its products are of bfloat16, rounded from float32, with float32 sums, state and results: under CPU autocast
/// to bfloat16, on a processor that multiplies bfloat16 by itself.
bool fused_lstm_rounds();

/// projected_lstm() as one operator with a way back of its own. Products go to LibTorch's micro-kernel inside our own
/// parallel regions, two a step forward and two back; [x; h] lie together so that input and recurrent product are one;
/// a block of units keeps its gates in a panel [T·B, 128] that is the product's result, then the activations, then
/// their gradients; W's and P's gradients are one product each over all steps. Double gradients are refused.
torch::Tensor fused_lstm(const torch::Tensor& x, const ProjectedLstmWeights& weights, const LstmClips& clips,
                         const torch::Tensor& lengths, LstmState& state);

}  // namespace zoo
