#include "models/model.h"

#include <map>

#include "base/error.h"

namespace zoo {

void Model::load_parts(const Parts& saved) {
  const torch::NoGradGuard no_gradient;
  std::map<std::string, Tensor> own;
  for (const auto& [name, tensor] : parts()) own.emplace(name, tensor);
  for (const auto& [name, tensor] : saved) {
    const auto found = own.find(name);
    if (found == own.end())
      fail("weights: tensor '{}' does not belong to this model; is the folder another model's?", name);
    if (found->second.sizes() != tensor.sizes()) {
      fail("weights: tensor '{}' has shape {}, {} was expected", name, c10::str(tensor.sizes()),
           c10::str(found->second.sizes()));
    }
    found->second.copy_(tensor);
    own.erase(found);
  }
  if (!own.empty()) fail("weights: tensor '{}' is missing; was the file cut short?", own.begin()->first);
}

bool Model::to(torch::Device device) {
  auto* trained = differentiable();
  if (trained != nullptr) trained->module().to(device);
  return trained != nullptr || device.is_cpu();
}

Tensor NextWord::advance(const Tensor& words, State& state) const {
  state = {state.empty() ? words : torch::cat({state[0], words}, 1)};  // [B, all words so far]
  return next(state[0]);
}

Tensor AttentionMaps::attention_weights(const Batch& batch, std::string_view attention) const {
  const torch::NoGradGuard no_gradient;
  std::vector<Tensor> layers;
  for (const auto& trace : attention_traces(batch, attention)) {
    const auto weights = attention_by_matrices(trace.query, trace.key, trace.value, trace.allowed).weights;
    layers.push_back(weights.transpose(0, 1));  // [H, B, T, S]
  }
  return torch::stack(layers);
}

VocabularyFacts sample_vocabulary(std::int64_t size) {
  VocabularyFacts vocabulary{size, std::vector<std::int64_t>(static_cast<std::size_t>(size), 1), {}};
  for (std::int64_t id = 0; id < size; ++id) vocabulary.pieces.push_back(std::to_string(id));
  return vocabulary;
}

std::unique_ptr<Model> ModelKind::create(const Json& options, const VocabularyFacts& vocabulary) const {
  const auto owner = default_options();
  Fields fields;
  owner->fields(fields);
  fields.read_json(options, "model");
  return create(*owner, vocabulary);
}

}  // namespace zoo
