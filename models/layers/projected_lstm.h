#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

namespace zoo {

// A long short-term memory whose hidden state is projected (Sak, Senior and Beaufays 2014, eq. 1–7, without
// peepholes), with clipping as ELMo has it. At each step, with the gates' rows of W and b in the order i, j, f, o:
//   [i j f o] = W [x; h] + b
//   c = clip(σ(f + 1) · c + σ(i) · tanh j)        the forget gate's bias has 1 added
//   h = clip(P (σ(o) · tanh c))
// I = numbers of the input, H = of the cell c, R = of the projected hidden state h; T steps, B rows. Sequences lie
// steps first, [T, B, …]: a step's rows stand together.

/// h [B, R] and c [B, H].
struct LstmState {
  torch::Tensor hidden, cell;
};

struct ProjectedLstmWeights {
  torch::Tensor weight;      ///< W [4H, I + R]
  torch::Tensor bias;        ///< b [4H]
  torch::Tensor projection;  ///< P [R, H]
};

/// |c| and |h| are kept at or below these; 0: not clipped.
struct LstmClips {
  double cell = 0, projection = 0;
};

/// Runs over x [T, B, I] from `state`, which is replaced by the last one. Gives h of each step, [T, B, R]. With
/// `lengths` [B] int64, on the CPU, row b ends after lengths[b] steps: behind it the result is zero and the state
/// stays. Differentiable in x, the state and the weights. float32 on the CPU goes to fused_lstm(), which gives a
/// gradient once, and whose products are of bfloat16 under CPU autocast to that where the processor has them; other
/// types go to the same written with operators.
torch::Tensor projected_lstm(const torch::Tensor& given, const ProjectedLstmWeights& weights, const LstmClips& clips,
                             const torch::Tensor& lengths, LstmState& state);

/// x [T, B, D] with each row's first lengths[b] steps in reverse order and the others where they were; all steps
/// without lengths, which are on the CPU.
torch::Tensor reverse_steps(const torch::Tensor& x, const torch::Tensor& lengths);

struct ProjectedLstmOptions {
  std::int64_t input, cell, projection;
  LstmClips clips = {};
};

/// The layer with its parameters "weight", "bias" and "projection".
class ProjectedLstmImpl : public torch::nn::Module {
 public:
  explicit ProjectedLstmImpl(const ProjectedLstmOptions& options);
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& lengths, LstmState& state);
  /// W and P normal with variance 1 / inputs, b zero.
  void initialise(at::Generator& random);
  LstmState zero_state(std::int64_t rows) const;

  ProjectedLstmOptions options;
  ProjectedLstmWeights weights;
};
TORCH_MODULE(ProjectedLstm);

}  // namespace zoo
