#include "models/transformer/translator.h"

#include "models/transformer/cached_decoding.h"

namespace zoo::transformer {

Tensor Translator::read_both(const Batch& batch, Recording* source, Recording* target) const {
  Reading reading;
  reading.self.allowed = padding_mask(lengths_of(batch), batch.input.size(1));
  reading.recording = source;
  Reading writing;
  writing.memory = network_->encode(batch.input, reading);  // [B, T, D]
  writing.self.causal = true;
  writing.cross.allowed = reading.self.allowed;
  writing.recording = target;
  return network_->decode(batch.other_input, writing);  // [B, S, D]
}

Loss Translator::loss(const Batch& batch, State&) { return loss_of(read_both(batch, nullptr, nullptr), batch.target); }

std::unique_ptr<Decoding> Translator::decode(const Tensor& source, const Tensor& lengths) const {
  const torch::NoGradGuard no_gradient;
  check_length(source.size(1));
  const bool padded = lengths.min().item<std::int64_t>() < source.size(1);
  Reading reading;
  if (padded) reading.self.allowed = padding_mask(lengths, source.size(1));  // [B, 1, 1, S]
  const auto memory = network_->encode(source, reading);                     // [B, S, D]
  return std::make_unique<CachedDecoding>(network_, network_->decoder->memory_keys(memory), reading.self.allowed);
}

State Translator::encode(const Tensor& source, const Tensor& lengths) const {
  check_length(source.size(1));
  return {source, lengths, torch::empty({source.size(0), 0}, torch::kInt64)};
}

Tensor Translator::step(const Tensor& words, State& state) const {
  const torch::NoGradGuard no_gradient;
  state[2] = torch::cat({state[2], words.unsqueeze(1)}, 1);  // [B, n]
  check_target_length(given().context, state[2].size(1));
  Batch batch;
  batch.input = state[0];
  batch.lengths = state[1];
  batch.other_input = state[2];
  return log_probabilities(read_both(batch, nullptr, nullptr).select(1, state[2].size(1) - 1));  // [B, V]
}

std::vector<AttentionTrace> Translator::attention_traces(const Batch& batch, std::string_view attention) const {
  const torch::NoGradGuard no_gradient;
  if (attention != "encoder" && attention != "decoder" && attention != "cross") fail_no_attention(attention);
  check_length(batch.input.size(1));
  check_length(batch.other_input.size(1));
  Recording source, target;
  read_both(batch, &source, &target);
  return on_cpu(attention == "encoder" ? source.self : attention == "decoder" ? target.self : target.cross);
}

}  // namespace zoo::transformer
