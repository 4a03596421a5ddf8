#include "models/word2vec/gradient.h"

#include <algorithm>

#include "base/random.h"
#include "models/beside.h"

namespace zoo::word2vec {
namespace {

Tensor register_rows(torch::nn::Module& parent, const std::string& name, const Tensor& rows) {
  const auto child = std::make_shared<torch::nn::Module>();
  auto weight = child->register_parameter("weight", rows.detach());
  parent.register_module(name, child);
  return weight;
}

}  // namespace

GradientTraining::GradientTraining(const Word2VecOptions& options, const Weights& weights)
    : options_(options), weights_(weights) {
  input_ = register_rows(module_, "input", weights.input);
  output_ = register_rows(module_, "output", weights.output);
}

void GradientTraining::take() {
  noise_.reset();
  if (input_.is_cpu()) return;
  const torch::NoGradGuard no_gradient;
  input_.copy_(weights_.input);
  output_.copy_(weights_.output);
  settled_ = input_._version() + output_._version();
}

void GradientTraining::to(torch::Device device) {
  settle();
  if (input_.device() == device) return;
  if (device.is_cpu()) {
    input_.set_data(weights_.input.detach());
    output_.set_data(weights_.output.detach());
  } else {
    module_.to(device);
  }
  settled_ = input_._version() + output_._version();
}

void GradientTraining::settle() {
  const auto version = input_._version() + output_._version();
  if (input_.is_cpu() || version == settled_) return;
  const torch::NoGradGuard no_gradient;
  auto input = weights_.input, output = weights_.output;
  input.copy_(input_);
  output.copy_(output_);
  settled_ = version;
}

Tensor GradientTraining::draw_noise(const Tensor& rows, const Tensor& columns) {
  if (!noise_) {
    std::vector<std::int64_t> counts(weights_.count_of().begin(), weights_.count_of().end());
    if (std::all_of(counts.begin(), counts.end(), [](auto count) { return count == 0; })) {
      std::fill(counts.begin(), counts.end(), 1);  // not known: all alike
    }
    noise_.emplace(counts, options_.noise_exponent);
  }
  const auto pairs = rows.size(0);
  auto noise = torch::empty({pairs, options_.negative}, torch::kInt64);  // [P, K]
  const auto *row = rows.const_data_ptr<std::int64_t>(), *column = columns.const_data_ptr<std::int64_t>();
  auto* drawn = noise.data_ptr<std::int64_t>();
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    Random random(static_cast<std::uint64_t>(row[pair]), static_cast<std::uint64_t>(column[pair]));
    drawn = std::generate_n(drawn, options_.negative, [&] { return noise_->draw(random); });
  }
  return noise;
}

Loss GradientTraining::loss(const Batch& batch, State&) {
  const auto present = (batch.input >= kSpecialTokens)  // [B, 2·radius]
                           .logical_and(batch.target.unsqueeze(1) >= kSpecialTokens);
  const auto numbers = batch.slots.defined() ? batch.slots : torch::arange(batch.input.size(0));  // [B]
  Tensor h, words, rows, columns;  // [P, D], and [P] each: the word, its row's number, its place in the row
  if (options_.cbow()) {
    const auto some = present.any(1);                                           // [B]
    const auto neighbours = beside(batch.input.index({some}), input_);          // [P, 2·radius]
    const auto there = present.index({some}).to(torch::kFloat32).unsqueeze(2);  // [P, 2·radius, 1]
    const auto weight = beside(there, input_);
    h = (torch::embedding(input_, neighbours) * weight).sum(1);  // [P, D]
    if (options_.cbow_mean) h = h / weight.sum(1);
    words = batch.target.index({some});  // [P]
    rows = numbers.index({some});        // [P]
    columns = torch::zeros_like(rows);   // [P]
  } else {
    h = torch::embedding(input_, beside(batch.input.index({present}), input_));  // [P, D]
    const auto places = present.nonzero();                                       // [P, 2]
    words = batch.target.index_select(0, places.select(1, 0));                   // [P]
    rows = numbers.index_select(0, places.select(1, 0));                         // [P]
    columns = places.select(1, 1).contiguous();                                  // [P]
  }
  const auto noise = draw_noise(rows, columns);                                            // [P, K]
  const auto rated = beside(torch::cat({words.unsqueeze(1), noise}, 1), output_);          // [P, 1 + K]
  const auto outputs = torch::embedding(output_, rated);                                   // [P, 1 + K, D]
  const auto scores = torch::einsum("pd,pkd->pk", {h, outputs}).to(torch::kFloat32);       // [P, 1 + K]
  const auto counts = beside((noise != words.unsqueeze(1)).to(torch::kFloat32), output_);  // [P, K]
  const auto sum = torch::softplus(-scores.select(1, 0)).sum() +
                   (torch::softplus(scores.narrow(1, 1, options_.negative)) * counts).sum();  // []
  return {sum, words.size(0), Unit::pair};
}

}  // namespace zoo::word2vec
