#include "models/transformer/translator.h"

#include "base/error.h"

namespace zoo::transformer {

Tensor Translator::read_both(const Batch& batch, Recording* source, Recording* target) {
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

State Translator::encode(const Tensor& source, const Tensor& lengths) {
  const torch::NoGradGuard no_gradient;
  check_length(source.size(1));
  Reading reading;
  reading.self.allowed = padding_mask(lengths, source.size(1));
  const auto memory = network_->encode(source, reading);  // [B, S, D]
  const auto heads = given().heads, rows = source.size(0);
  const auto none = torch::empty({rows, heads, 0, given().width / heads});
  State state = {torch::empty({rows, 0}, torch::kInt64), reading.self.allowed};
  for (const auto& [keys, values] : network_->decoder->memory_keys(memory)) {
    state.insert(state.end(), {none, none, keys, values});
  }
  return state;
}

Tensor Translator::step(const Tensor& words, State& state) {
  const torch::NoGradGuard no_gradient;
  const auto blocks = network_->decoder->layers();
  std::vector<KeysValues> cache(blocks), memory(blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    cache[i] = {state[2 + 4 * i], state[3 + 4 * i]};
    memory[i] = {state[4 + 4 * i], state[5 + 4 * i]};
  }
  Reading writing;
  writing.first = state[0].size(1);
  if (writing.first >= given().context) {
    fail("a translation of more than {} tokens, the model's option context; give shorter sentences", given().context);
  }
  writing.self.causal = true;
  writing.cache = &cache;
  writing.memory_keys = &memory;
  writing.cross.allowed = state[1];
  const auto hidden = network_->decode(words.unsqueeze(1), writing);  // [B, 1, D]
  state[0] = torch::cat({state[0], words.unsqueeze(1)}, 1);           // [B, n + 1]
  for (std::size_t i = 0; i < blocks; ++i) {
    state[2 + 4 * i] = cache[i].keys;
    state[3 + 4 * i] = cache[i].values;
  }
  return log_probabilities(hidden.squeeze(1));  // [B, V]
}

std::vector<AttentionTrace> Translator::attention_traces(const Batch& batch, std::string_view attention) {
  const torch::NoGradGuard no_gradient;
  if (attention != "encoder" && attention != "decoder" && attention != "cross") fail_no_attention(attention);
  check_length(batch.input.size(1));
  check_length(batch.other_input.size(1));
  Recording source, target;
  read_both(batch, &source, &target);
  return attention == "encoder" ? source.self : attention == "decoder" ? target.self : target.cross;
}

}  // namespace zoo::transformer
