#include "models/tagger/tagger.h"

#include <algorithm>

#include "base/error.h"
#include "models/runtime.h"

namespace zoo::tagger {

NetworkImpl::NetworkImpl(const TaggerOptions& given) : options(given) {
  const auto tags = std::ssize(options.tags);
  mean = register_buffer("mean", torch::zeros({options.layers, options.width}));
  deviation = register_buffer("deviation", torch::ones({options.layers, options.width}));
  if (options.layers > 1) mix = register_module("mix", ScalarMix(ScalarMixOptions{options.layers}));
  const auto last = options.hidden_size > 0 ? options.hidden_size : options.width;
  if (options.hidden_size > 0) {
    hidden = register_module("hidden", torch::nn::Linear(options.width, options.hidden_size));
  }
  output = register_module("output", torch::nn::Linear(last, tags));
}

Tensor NetworkImpl::forward(const Tensor& vectors) {
  const auto even = (vectors - mean) / deviation;                                                // [N, L, D]
  auto x = mix ? mix(even.transpose(0, 1).unsqueeze(1), Tensor()).squeeze(0) : even.squeeze(1);  // [N, D]
  if (hidden) x = torch::dropout(hidden(x).relu(), options.dropout, is_training());              // [N, H]
  return output(x);                                                                              // [N, T]
}

void NetworkImpl::reset() {
  const torch::NoGradGuard no_gradient;
  if (hidden) hidden->reset_parameters();
  output->reset_parameters();
  if (mix) {
    mix->scalars.zero_();
    mix->gamma.fill_(1);
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

Tensor Tagger::tag_scores(const Tensor& vectors) {
  const torch::NoGradGuard no_gradient;
  const bool training = network_->is_training();
  network_->eval();
  auto scores = network_(vectors);
  network_->train(training);
  return scores;
}

void Tagger::set_lexicon(TagLexicon lexicon) {
  lexicon_ = std::move(lexicon);
  lexicon_parts_ = parts_of(lexicon_);
}

}  // namespace zoo::tagger
