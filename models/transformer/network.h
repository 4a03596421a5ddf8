#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/pimpl.h>

#include <optional>
#include <vector>

#include "models/transformer/block.h"
#include "models/transformer/options.h"

namespace zoo::transformer {

/// Where a word stands, as D numbers (§3.5): PE(p, 2i) = sin(p / 10000^(2i/D)), PE(p, 2i+1) = cos of the same. A row
/// for each place: [places, D]. `halves`: all sines before all cosines.
Tensor sinusoids(std::int64_t places, std::int64_t width, bool halves = false);

/// N blocks on top of each other, over words with their positions. Parameters: positions.weight [context, D] where they
/// are learned; segments.weight and embedding_norm where there are any; blocks.0 … blocks.N−1; norm, the last
/// normalisation of a pre-norm stack.
class StackImpl : public torch::nn::Module {
 public:
  StackImpl(const TransformerOptions& options, std::int64_t layers, bool cross);
  /// words [B, T, D], without positions → [B, T, D]. first + T must not be over the context.
  Tensor forward(const Tensor& words, const Reading& reading);
  /// For each block, what its second attention looks at.
  std::vector<KeysValues> memory_keys(const Tensor& memory);
  std::size_t layers() const { return blocks.size(); }

  torch::nn::Embedding positions{nullptr}, segments{nullptr};
  std::vector<Block> blocks;
  Norm embedding_norm{nullptr}, norm{nullptr};

 private:
  Tensor sinusoids_;    ///< [context, D], where positions are sines
  Tensor frequencies_;  ///< [d/2], where they are rotary
  double dropout_;
};
TORCH_MODULE(Stack);

/// All of a Transformer. Parameters:
///   words.weight          [V, D]    vectors of the words; in translation those of the target language
///   source_words.weight   [V', D]   of the source language, unless all are tied
///   encoder.…, decoder.…            the stacks that the architecture has
///   output.weight         [V, D]    unless it is tied to words.weight
///   output.bias           [V]       where there is one
///   output.transform.…, output.norm.…   of an output layer of the kind transform
/// An architecture whose output layer is none has no parameter output.….
class NetworkImpl : public torch::nn::Module {
 public:
  NetworkImpl(const TransformerOptions& options, std::int64_t vocabulary, std::int64_t source_vocabulary);

  // ids and masks may be on the CPU; what is made lies where the weights do.
  /// ids [B, T] → what the encoder makes of them, [B, T, D]
  Tensor encode(const Tensor& ids, const Reading& reading);
  /// ids [B, T] → what the decoder makes of them, [B, T, D]
  Tensor decode(const Tensor& ids, const Reading& reading);
  /// The word's own vectors, as the lowest block takes them but for the position: [B, T] → [B, T, D]
  Tensor own_vectors(const torch::nn::Embedding& table, const Tensor& ids) const;

  /// What the output layer takes of what a stack gave, [..., D] → [..., D]: the same, but for the kind transform.
  Tensor to_output(const Tensor& hidden);
  /// [N, D] → log-probabilities [N, V]. No gradient.
  Tensor log_probabilities(const Tensor& hidden);
  /// For inference: from now on products are made of copies of the weights in these numbers, laid out for it. Changes
  /// of the weights are not seen any more.
  void pack(Precision precision);
  /// The output layer, logits = x · weightᵀ + bias.
  const Tensor& output_weight() const { return output_weight_.defined() ? output_weight_ : words->weight; }
  /// [V]; so low for absent tokens that their probability is 0.
  Tensor output_bias() const;
  /// [V] bool: the words that can be predicted; undefined: all.
  const Tensor& present() const { return present_; }

  /// Weights anew: words N(0, 0.3²/D) (0.02² without scaling), learned positions as large, products N(0, 2/(fan-in +
  /// fan-out)), those that lead back into a pre-norm residual stream smaller by √(2N), so that its variance does not
  /// grow with the layers (Radford et al. 2019); biases 0, output.bias the log of each word's share in `counts` where
  /// they are known.
  void initialise(std::uint64_t seed, const std::vector<std::int64_t>& counts);

  TransformerOptions options;
  torch::nn::Embedding words{nullptr}, source_words{nullptr};
  Stack encoder{nullptr}, decoder{nullptr};

 private:
  Tensor output_weight_, output_bias_;  ///< parameters
  Tensor fixed_bias_, present_;         ///< [V] buffers: of absent tokens, zeros without any where there is no bias
  Projection transform_{nullptr};
  Norm transform_norm_{nullptr};
  std::optional<PackedProduct> output_;  ///< of pack()
};
TORCH_MODULE(Network);

}  // namespace zoo::transformer
