#include "models/layers/output_layer.h"

#include <ATen/CPUGeneratorImpl.h>

#include <map>

#include "batches/batch.h"
#include "models/layers/sampled_softmax.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using Tensors = std::map<std::string, Tensor>;

Tensors golden(const std::string& name) {
  Tensors tensors;
  const auto file = std::string(ZOO_SOURCE_DIR "/tests/data/output_layers/") + name + ".safetensors";
  for (const auto& [key, tensor] : load_tensors(file)) tensors[key] = tensor;
  return tensors;
}

std::vector<std::int64_t> counts_of(const Tensor& counts) {
  const auto* first = counts.const_data_ptr<std::int64_t>();
  return {first, first + counts.numel()};
}

OutputOptions options_of(const std::string& kind) {
  OutputOptions options;
  options.output_layer = kind;
  options.cutoffs = {7, 16};
  options.shrink = 2;
  options.samples = 17;
  if (kind == "sampled") options.sampler = "log_uniform";
  return options;
}

const std::vector<std::string> kKinds = {"full", "hierarchical", "nce", "sampled", "adaptive"};

/// With weights drawn at random, for V = 29 words and 12 features, and counts among which there are noughts.
std::shared_ptr<OutputLayer> random_layer(const std::string& kind, bool counts = true) {
  std::vector<std::int64_t> frequencies;
  for (std::int64_t i = 0; counts && i < 29; ++i) frequencies.push_back(i % 5 == 0 ? 0 : 1 + (i * 37) % 101);
  auto layer = make_output_layer(options_of(kind), 29, 12, frequencies);
  auto random = at::detail::createCPUGenerator(3);
  layer->initialise(frequencies, random);
  torch::manual_seed(5);
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : layer->parameters()) parameter.normal_(0, 0.6);
  return layer;
}

void expect_near(const Tensor& ours, const Tensor& stored, double tolerance, const std::string& what) {
  ASSERT_EQ(ours.sizes(), stored.sizes()) << what;
  EXPECT_LT((ours.to(torch::kDouble) - stored).abs().max().item<double>(), tolerance) << what;
}

void load(OutputLayer& layer, Tensors& stored) {
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : layer.named_parameters()) {
    ASSERT_TRUE(stored.contains("parameter." + parameter.key())) << parameter.key();
    parameter->copy_(stored["parameter." + parameter.key()]);
  }
}

void expect_gradients(const OutputLayer& layer, const Tensor& features, Tensors& stored) {
  expect_near(features.grad(), stored["gradient.features"], 2e-5, "features");
  for (const auto& parameter : layer.named_parameters()) {
    expect_near(parameter->grad(), stored["gradient." + parameter.key()], 2e-5, parameter.key());
  }
}

void expect_golden(const std::string& kind) {
  auto stored = golden(kind);
  const auto layer = make_output_layer(options_of(kind), 29, 12, counts_of(stored["counts"]));
  load(*layer, stored);
  const auto features = stored["features"].to(torch::kFloat).requires_grad_();
  const auto loss = layer->loss(features, stored["target"]);
  EXPECT_NEAR(loss.item<double>(), stored["loss"].item<double>(), 1e-4);
  loss.backward();
  expect_gradients(*layer, features, stored);
  expect_near(layer->log_softmax(features.detach()), stored["log_softmax"], 1e-5, "log_softmax");
}

void expect_golden_samples(const std::string& kind) {
  auto stored = golden(kind);
  const auto layer = make_output_layer(options_of(kind), 29, 12, counts_of(stored["counts"]));
  const auto& sampled = dynamic_cast<const SampledSoftmax&>(*layer);
  load(*layer, stored);
  expect_near(sampled.probabilities(), stored["probabilities"], 1e-7, "the sampler's probabilities");
  const auto features = stored["features"].to(torch::kFloat).requires_grad_();
  const auto loss = sampled.loss_against(features, stored["target"], stored["draws"]);
  EXPECT_NEAR(loss.item<double>(), stored["loss"].item<double>(), 1e-4);
  loss.backward();
  expect_gradients(*layer, features, stored);
}

TEST(OutputLayer, AdaptiveIsPyTorchs) { expect_golden("adaptive"); }
TEST(OutputLayer, HierarchicalIsTheProductOfTurnsInAnIndependentTree) { expect_golden("hierarchical"); }
TEST(OutputLayer, NceIsItsFormulaWordByWord) { expect_golden_samples("nce"); }
TEST(OutputLayer, SampledIsItsFormulaWordByWord) { expect_golden_samples("sampled"); }

TEST(OutputLayer, ProbabilitiesSumToOneAndTheTargetsAreThoseOfTheDistribution) {
  const auto features = torch::randn({10, 12});
  auto target = torch::arange(10, torch::kInt64) * 3;
  target[4] = kIgnored;
  for (const auto& kind : kKinds) {
    const auto layer = random_layer(kind);
    const auto all = layer->log_softmax(features);  // [10, 29]
    ASSERT_EQ(all.sizes(), torch::IntArrayRef({10, 29})) << kind;
    EXPECT_LT((all.to(torch::kDouble).exp().sum(1) - 1).abs().max().item<double>(), 1e-5) << kind;
    const auto scores = layer->log_probability(features, target);
    for (std::int64_t i = 0; i < 10; ++i) {
      const auto expected = i == 4 ? 0 : all[i][target[i].item<std::int64_t>()].item<double>();
      EXPECT_NEAR(scores[i].item<double>(), expected, 1e-5) << kind;
    }
    layer->eval();
    EXPECT_NEAR(layer->loss(features, target).item<double>(), -scores.sum().item<double>(), 1e-4) << kind;
  }
}

TEST(OutputLayer, StartsFromTheUnigramModelWhateverTheFeatures) {
  const std::vector<std::int64_t> counts = {5, 1, 40, 9, 2, 20, 3, 12, 1, 7, 6, 4};
  OutputOptions options;
  options.cutoffs = {4, 8};
  for (const auto& kind : kKinds) {
    options.output_layer = kind;
    const auto layer = make_output_layer(options, 12, 6, counts);
    auto random = at::detail::createCPUGenerator(3);
    layer->initialise(counts, random);
    const auto p = layer->log_softmax(torch::randn({2, 6})).exp();
    EXPECT_NEAR(p[0][2].item<double>(), 40.0 / 110, 0.02) << kind;  // half a count more for each, or none
    EXPECT_NEAR(p[1][5].item<double>(), 20.0 / 110, 0.02) << kind;
    if (kind != "adaptive") {
      EXPECT_NEAR(p[1][8].item<double>(), 1.0 / 110, 0.01) << kind;
    }
  }
}

TEST(OutputLayer, IsTheSameAfterLoadingWithoutCounts) {
  const auto features = torch::randn({3, 12});
  for (const auto& kind : kKinds) {
    const auto saved = random_layer(kind), loaded = random_layer(kind, false);
    const torch::NoGradGuard no_gradient;
    const auto from_parameters = saved->named_parameters();
    for (auto& parameter : loaded->named_parameters()) parameter->copy_(from_parameters[parameter.key()]);
    const auto from_buffers = saved->named_buffers();
    for (auto& buffer : loaded->named_buffers()) buffer->copy_(from_buffers[buffer.key()]);
    loaded->loaded();
    EXPECT_TRUE(torch::equal(saved->log_softmax(features), loaded->log_softmax(features))) << kind;
  }
}

TEST(OutputLayer, TargetsOutsideTheVocabularyAreAnError) {
  const auto features = torch::randn({1, 12});
  for (const auto& kind : kKinds) {
    const auto layer = random_layer(kind);
    layer->eval();
    for (const std::int64_t word : {29, -3}) {
      EXPECT_THAT(error_of([&] { layer->loss(features, torch::full({1}, word, torch::kInt64)); }),
                  testing::HasSubstr("outside the vocabulary of 29"))
          << kind;
    }
  }
}

TEST(OutputLayer, DamagedTreesAndOrdersAreAnError) {
  const torch::NoGradGuard no_gradient;
  const auto tree = random_layer("hierarchical"), clusters = random_layer("adaptive");
  tree->named_buffers()["counts"].fill_(-1);
  EXPECT_THAT(error_of([&] { tree->loaded(); }), testing::HasSubstr("is the file damaged?"));
  clusters->named_buffers()["order"].fill_(3);
  EXPECT_THAT(error_of([&] { clusters->loaded(); }), testing::HasSubstr("is the file damaged?"));
}

TEST(OutputLayer, RefusesCutoffsThatDoNotRiseOrPassTheVocabulary) {
  for (const std::vector<std::int64_t>& cutoffs : {std::vector<std::int64_t>{9, 5}, {5, 5}, {5, 29}, {}}) {
    auto options = options_of("adaptive");
    options.cutoffs = cutoffs;
    EXPECT_THAT(error_of([&] { make_output_layer(options, 29, 12, {}); }), testing::HasSubstr("model.cutoffs"));
  }
}

TEST(OutputLayer, TiesAWeightOnlyWhereEachWordHasOne) {
  const auto rows = torch::randn({29, 12}).requires_grad_();
  for (const std::string kind : {"full", "nce", "sampled"}) {
    const auto layer = make_output_layer(options_of(kind), 29, 12, {}, rows);
    EXPECT_EQ(layer->parameters().size(), 1u) << kind << " has a bias alone";
    const auto features = torch::randn({4, 12});
    expect_near(layer->log_softmax(features),
                torch::matmul(features, rows.t()).log_softmax(1).detach().to(torch::kDouble), 1e-5, kind);
  }
  for (const std::string kind : {"hierarchical", "adaptive"}) {
    EXPECT_THAT(error_of([&] { make_output_layer(options_of(kind), 29, 12, {}, rows); }),
                testing::HasSubstr("could be tied"));
  }
}

}  // namespace
}  // namespace zoo
