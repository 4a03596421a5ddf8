#include "models/decoding.h"

#include <utility>

#include "models/beside.h"

namespace zoo {
namespace {

class StateDecoding : public Decoding {
 public:
  StateDecoding(const Translation& model, State state) : model_(model), state_(std::move(state)) {}
  Tensor step(const Tensor& words) override { return model_.step(words, state_); }
  void pick(const Tensor& rows) override {
    for (auto& tensor : state_) tensor = tensor.index_select(0, beside(rows, tensor));
  }

 private:
  const Translation& model_;
  State state_;
};

}  // namespace

std::unique_ptr<Decoding> decode(const Translation& model, const Tensor& source, const Tensor& lengths) {
  if (auto* own = dynamic_cast<const Decodes*>(&model)) return own->decode(source, lengths);
  return std::make_unique<StateDecoding>(model, model.encode(source, lengths));
}

}  // namespace zoo
