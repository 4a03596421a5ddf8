#include "models/tagger/tagger.h"

#include <torch/nn/utils/rnn.h>

#include <algorithm>

#include "base/error.h"
#include "models/beside.h"
#include "models/runtime.h"

namespace zoo::tagger {
namespace {

std::vector<std::int64_t> sizes_of(const Tensor& lengths) {
  const auto sizes = lengths.contiguous();
  return {sizes.const_data_ptr<std::int64_t>(), sizes.const_data_ptr<std::int64_t>() + sizes.numel()};
}

}  // namespace

NetworkImpl::NetworkImpl(const TaggerOptions& given) : options(given) {
  const auto tags = std::ssize(options.tags);
  mean = register_buffer("mean", torch::zeros({options.layers, options.width}));
  deviation = register_buffer("deviation", torch::ones({options.layers, options.width}));
  const ScalarMixOptions mixture{options.layers, options.mix_norm};
  if (options.layers > 1) mix = register_module("mix", ScalarMix(mixture));
  auto width = options.width;  // of what the hidden layer reads
  if (options.lstm > 0) {
    lstm = register_module("lstm", torch::nn::LSTM(torch::nn::LSTMOptions(width, options.lstm).bidirectional(true)));
    width = 2 * options.lstm;
    if (options.mix_output) {
      if (options.layers > 1) output_mix = register_module("output_mix", ScalarMix(mixture));
      width += options.width;
    }
  }
  if (options.hidden_size > 0) hidden = register_module("hidden", torch::nn::Linear(width, options.hidden_size));
  output = register_module("output", torch::nn::Linear(options.hidden_size > 0 ? options.hidden_size : width, tags));
}

Tensor NetworkImpl::scores(const Tensor& given, const Tensor& lengths, bool with_dropout) {
  const auto vectors = beside(given, mean);                                         // [N, L, D]
  const auto layers = ((vectors - mean) / deviation).transpose(0, 1).unsqueeze(1);  // [L, 1, N, D]
  std::vector<Tensor> mixed = {layers[0], layers[0]};                               // K, K': [1, N, D]
  if (mix) {
    std::vector<ScalarMix> mixes = {mix};
    if (output_mix) mixes.push_back(output_mix);
    mixed = mix_all(mixes, layers, Tensor());
  }
  auto x = mixed[0].squeeze(0);  // [N, D]
  if (lstm) {
    x = torch::dropout(x, options.dropout, with_dropout);
    x = torch::dropout(in_both_directions(x, lengths), options.dropout, with_dropout);  // [N, 2C]
    if (options.mix_output) x = torch::cat({x, mixed[1].squeeze(0)}, 1);                // [N, 2C + D]
  }
  if (hidden) x = torch::dropout(hidden(x).relu(), options.dropout, with_dropout);  // [N, H]
  return output(x);                                                                 // [N, T]
}

/// x [N, D] of sentences one after the other → [N, 2C]; each sentence is read by itself.
Tensor NetworkImpl::in_both_directions(const Tensor& x, const Tensor& lengths) {
  namespace rnn = torch::nn::utils::rnn;
  std::vector<Tensor> sentences;  // [T, D] each
  for (const auto& sentence : lengths.defined() ? x.split_with_sizes(sizes_of(lengths)) : std::vector{x}) {
    if (sentence.size(0) > 0) sentences.push_back(sentence);
  }
  if (sentences.empty()) return x.new_zeros({0, 2 * options.lstm});
  const auto packed = rnn::pack_sequence(sentences, /*enforce_sorted=*/false);
  const auto read = std::get<0>(lstm->forward_with_packed_input(packed));
  const auto made = std::get<0>(rnn::pad_packed_sequence(read, /*batch_first=*/true));  // [S, T, 2C]
  std::vector<Tensor> rows;                                                             // [T, 2C] each
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    rows.push_back(made[static_cast<std::int64_t>(i)].narrow(0, 0, sentences[i].size(0)));
  }
  return torch::cat(rows);
}

void NetworkImpl::reset() {
  const torch::NoGradGuard no_gradient;
  if (hidden) hidden->reset_parameters();
  output->reset_parameters();
  if (lstm) lstm->reset_parameters();
  for (auto* one : {&mix, &output_mix}) {
    if (one->is_empty()) continue;
    (*one)->scalars.zero_();
    (*one)->gamma.fill_(1);
  }
  mean.zero_();
  deviation.fill_(1);
}

Parts NetworkImpl::parts() {
  Parts parts;
  for (const auto& parameter : named_parameters()) parts.emplace_back(parameter.key(), parameter.value().detach());
  for (const auto& buffer : named_buffers()) parts.emplace_back(buffer.key(), buffer.value());
  return parts;
}

Tagger::Tagger(const TaggerOptions& options) : network_(options), lexicon_parts_(parts_of({})) {}

Json Tagger::options() const {
  auto options = network_->options;
  return fields_of(options).to_json();
}

Parts Tagger::parts() {
  auto parts = network_->parts();
  parts.insert(parts.end(), lexicon_parts_.begin(), lexicon_parts_.end());
  return parts;
}

void Tagger::load_parts(const Parts& saved) {
  for (auto& [name, tensor] : lexicon_parts_) {  // of the size that the training text had
    const auto same = [&](const auto& part) { return part.first == name; };
    const auto found = std::find_if(saved.begin(), saved.end(), same);
    if (found != saved.end() && found->second.dim() == 1)
      tensor = torch::empty_like(tensor).resize_(found->second.sizes());
  }
  Model::load_parts(saved);
  lexicon_ = lexicon_of(lexicon_parts_, std::ssize(tags()));
  network_->eval();
}

void Tagger::initialise(std::uint64_t seed) {
  seed_torch(seed);
  network_->reset();
}

bool Tagger::to(torch::Device device) {
  network_->to(device);
  return true;
}

Tensor Tagger::tag_scores(const Tensor& vectors, const Tensor& lengths) const {
  const torch::NoGradGuard no_gradient;
  return network_.ptr()->scores(vectors, lengths, false).cpu();
}

void Tagger::set_lexicon(TagLexicon lexicon) {
  lexicon_ = std::move(lexicon);
  lexicon_parts_ = parts_of(lexicon_);
}

}  // namespace zoo::tagger
