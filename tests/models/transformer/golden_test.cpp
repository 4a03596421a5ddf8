// Held to PyTorch's own layers: tests/parity/make_transformer.py.
#include "models/decoding.h"
#include "models/saved_model.h"
#include "models/transformer/base.h"
#include "models/transformer/transformer.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::transformer {
namespace {

std::map<std::string, Tensor> golden(const std::string& name) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [key, tensor] :
       load_tensors(std::string(ZOO_SOURCE_DIR "/tests/data/transformer/") + name + ".safetensors")) {
    tensors[key] = tensor;
  }
  return tensors;
}

struct Case {
  std::string name;
  Json options;
};

Json options_of(const std::string& architecture, const std::string& norm, const std::string& positions,
                const std::string& activation, const std::string& tie, int layers, int source_layers) {
  return {{"architecture", architecture},
          {"norm", norm},
          {"positions", positions},
          {"activation", activation},
          {"tie", tie},
          {"layers", layers},
          {"source_layers", source_layers},
          {"width", 12},
          {"heads", 3},
          {"feed_forward", 20},
          {"context", 9},
          {"dropout", 0.0}};
}

class Golden : public testing::TestWithParam<Case> {};

TEST_P(Golden, LossProbabilitiesAndEveryGradientAgreeWithPyTorchsLayers) {
  auto stored = golden(GetParam().name);
  const bool translates = GetParam().options["architecture"] == "encoder-decoder";
  const auto model = kind().create(GetParam().options, {.size = 23, .source_size = translates ? 19 : 0});
  Parts saved;
  for (const auto& [key, tensor] : stored) {
    if (key.starts_with("parameter.")) saved.emplace_back(key.substr(10), tensor);
  }
  model->load_parts(saved);
  Batch batch;
  batch.input = stored["input"];
  batch.lengths = stored["lengths"];
  batch.target = stored["target"];
  if (translates) batch.other_input = stored["other_input"];
  State state;
  const auto loss = model->differentiable()->loss(batch, state);
  EXPECT_EQ(loss.count, batch.target.ne(kIgnored).sum().item<std::int64_t>());
  EXPECT_EQ(loss.unit, Unit::token);
  EXPECT_NEAR(loss.sum.item<double>() / stored["loss"].item<double>(), 1, 1e-5);
  loss.sum.backward();
  std::size_t gradients = 0;
  for (const auto& parameter : model->differentiable()->module().named_parameters()) {
    const auto& expected = stored["gradient." + parameter.key()];
    ASSERT_EQ(parameter->grad().sizes(), expected.sizes()) << parameter.key();
    const auto scale = 1 + expected.abs().max().item<double>();
    EXPECT_LT((parameter->grad() - expected).abs().max().item<double>(), 2e-5 * scale) << parameter.key();
    ++gradients;
  }
  EXPECT_EQ(gradients, saved.size());

  if (auto* next = model->next_word()) {
    const auto last = next->next(batch.input);  // [B, V]
    EXPECT_LT((last - stored["log_softmax"].select(1, 6)).abs().max().item<double>(), 1e-4);
  }
  if (auto* translation = model->translation()) {  // word by word, with cached keys and values and without
    const auto decoding = decode(*translation, batch.input, batch.lengths);
    auto state = translation->encode(batch.input, batch.lengths);
    for (std::int64_t t = 0; t < batch.other_input.size(1); ++t) {
      const auto words = batch.other_input.select(1, t);
      for (const auto& step : {decoding->step(words), translation->step(words, state)}) {  // [B, V]
        EXPECT_LT((step - stored["log_softmax"].select(1, t)).abs().max().item<double>(), 1e-4) << t;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Transformer, Golden,
    testing::Values(Case{"decoder_pre", options_of("decoder", "pre", "sinusoidal", "gelu", "output", 2, 0)},
                    Case{"decoder_post", options_of("decoder", "post", "learned", "relu", "none", 2, 0)},
                    Case{"encoder_pre", options_of("encoder", "pre", "learned", "gelu", "output", 2, 0)},
                    Case{"encoder_post", options_of("encoder", "post", "sinusoidal", "relu", "output", 1, 0)},
                    Case{"translation_pre", options_of("encoder-decoder", "pre", "sinusoidal", "gelu", "output", 1, 2)},
                    Case{"translation_post",
                         options_of("encoder-decoder", "post", "sinusoidal", "relu", "none", 2, 1)}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace zoo::transformer
