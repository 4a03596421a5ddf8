#include "models/nnlm/nnlm.h"

#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::nnlm {
namespace {

using testing::HasSubstr;

std::map<std::string, Tensor> golden(const std::string& name) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [key, tensor] :
       load_tensors(std::string(ZOO_SOURCE_DIR "/tests/data/nnlm/") + name + ".safetensors")) {
    tensors[key] = tensor;
  }
  return tensors;
}

std::unique_ptr<Model> model_of(const Json& options, std::int64_t vocabulary = 23,
                                const std::vector<std::int64_t>& counts = {}) {
  return kind().create(options, {vocabulary, counts});
}

double largest_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a.to(torch::kDouble) - b.to(torch::kDouble)).abs().max().item<double>();
}

void expect_agreement(const std::string& name, const Json& options) {
  auto stored = golden(name);
  const auto model = model_of(options);
  Parts saved;
  for (const auto& [key, tensor] : stored) {
    if (key.starts_with("parameter.")) saved.emplace_back(key.substr(10), tensor);
  }
  model->load_parts(saved);
  Batch batch;
  batch.input = stored["context"];
  batch.target = stored["target"];
  State state;
  const auto loss = model->differentiable()->loss(batch, state);
  EXPECT_EQ(loss.count, 10);
  EXPECT_EQ(loss.unit, Unit::token);
  EXPECT_NEAR(loss.sum.item<double>(), stored["loss"].item<double>(), 2e-5);
  loss.sum.backward();
  int gradients = 0;
  for (const auto& parameter : model->differentiable()->module().named_parameters()) {
    const auto& expected = stored["gradient." + parameter.key()];
    const auto scale = std::max(1.0, expected.abs().max().item<double>());
    EXPECT_LT(largest_difference(parameter->grad(), expected), 1e-5 * scale) << parameter.key();
    ++gradients;
  }
  EXPECT_EQ(gradients, static_cast<int>(saved.size()));
  EXPECT_LT(largest_difference(model->next_word()->next(batch.input), stored["log_softmax"]), 2e-5);
}

TEST(Nnlm, LogitsLossAndGradientsAgreeWithNumpyWithHiddenLayerAndDirectConnections) {
  expect_agreement("both", {{"order", 4}, {"embedding", 6}, {"hidden", 7}, {"direct", true}});
}
TEST(Nnlm, LogitsLossAndGradientsAgreeWithNumpyWithTheHiddenLayerAlone) {
  expect_agreement("hidden_only", {{"order", 5}, {"embedding", 4}, {"hidden", 9}, {"direct", false}});
}
TEST(Nnlm, LogitsLossAndGradientsAgreeWithNumpyWithDirectConnectionsAlone) {
  expect_agreement("direct_only", {{"order", 3}, {"embedding", 5}, {"hidden", 0}, {"direct", true}});
}

const Json kModern = {{"order", 4},         {"embedding", 6},       {"hidden", 7},
                      {"layers", 3},        {"activation", "gelu"}, {"residual", true},
                      {"layer_norm", true}, {"averages", {2, 3}},   {"tied", true}};

TEST(Nnlm, LogitsLossAndGradientsAgreeWithNumpyWithLayersNormsAveragesAndTiedVectors) {
  expect_agreement("modern", kModern);
}

TEST(Nnlm, CountsTheParametersOfEveryShape) {
  for (const Json& options :
       std::vector<Json>{kModern,
                         {{"hidden", 8}, {"embedding", 8}, {"tied", true}},
                         {{"hidden", 8}, {"embedding", 5}, {"layers", 2}},
                         {{"hidden", 8}, {"embedding", 5}, {"layer_norm", true}, {"direct", true}, {"averages", {7}}},
                         {{"hidden", 8}, {"embedding", 5}, {"output_layer", "hierarchical"}},
                         {{"hidden", 8}, {"embedding", 5}, {"output_layer", "adaptive"}, {"cutoffs", {40, 60}}},
                         {{"hidden", 8}, {"embedding", 5}, {"output_layer", "sampled"}}}) {
    const auto model = model_of(options, 100);
    double count = 0;
    for (const auto& parameter : model->differentiable()->module().parameters()) {
      count += static_cast<double>(parameter.numel());
    }
    NnlmOptions values;
    fields_of(values).read_json(options, "model");
    EXPECT_EQ(count, values.parameters(100)) << options.dump();
  }
}

TEST(Nnlm, SeesEveryWordOfItsAveragesAndNoneBefore) {
  const auto model = model_of(kModern);
  torch::manual_seed(3);
  {
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : model->parts()) tensor.normal_(0, 0.5);
  }
  const auto context = torch::full({1, 9}, 9, torch::kInt64);  // one word more than 3 near ones and windows of 2 and 3
  const auto base = model->next_word()->next(context);
  for (std::int64_t place = 0; place < 9; ++place) {
    auto other = context.clone();
    other[0][place] = 12;
    EXPECT_EQ(torch::equal(base, model->next_word()->next(other)), place == 0) << place;
  }
}

TEST(Nnlm, RefusesLayersAndTiesThatHaveNothingToStandOn) {
  EXPECT_THAT(error_of([] { model_of({{"hidden", 0}, {"direct", true}, {"layers", 2}}); }), HasSubstr("model.hidden"));
  EXPECT_THAT(error_of([] { model_of({{"direct", true}, {"tied", true}}); }), HasSubstr("model.tied"));
  EXPECT_THAT(error_of([] {
                model_of({{"tied", true}, {"output_layer", "adaptive"}, {"cutoffs", {10}}});
              }),
              HasSubstr("could be tied"));
  EXPECT_THAT(error_of([] { model_of({{"output_layer", "adaptive"}}); }), HasSubstr("model.cutoffs"));
}

TEST(Nnlm, HasAsManyParametersAsThePapersFormulaSays) {
  for (const auto& [n, m, h, direct] : std::vector<std::tuple<int, int, int, bool>>{
           {5, 60, 50, true}, {5, 60, 0, true}, {3, 30, 50, true}, {5, 30, 100, false}}) {
    const std::int64_t vocabulary = 1000;
    const auto model = model_of({{"order", n}, {"embedding", m}, {"hidden", h}, {"direct", direct}}, vocabulary);
    std::int64_t count = 0;
    for (const auto& [name, tensor] : model->parts()) count += tensor.numel();
    auto formula = vocabulary * (1 + n * m + h) + h * (1 + (n - 1) * m);
    if (!direct) formula -= vocabulary * (n - 1) * m;
    EXPECT_EQ(count, formula) << n << " " << m << " " << h << " " << direct;
  }
}

TEST(Nnlm, RefusesANetworkWithoutAWayFromWordsToPrediction) {
  EXPECT_THAT(error_of([] { model_of({{"hidden", 0}, {"direct", false}}); }), HasSubstr("model.hidden"));
}

TEST(Nnlm, RefusesANetworkThatMemoryCannotHold) {
  EXPECT_THAT(error_of([] {
                model_of({{"hidden", 65536}, {"embedding", 16384}, {"order", 64}});
              }),
              HasSubstr("make it smaller"));
}

TEST(Nnlm, StartsFromTheUnigramModel) {
  std::vector<std::int64_t> counts(23, 0);
  counts[7] = 30;
  counts[8] = 10;
  const auto model = model_of({{"embedding", 8}, {"hidden", 5}}, 23, counts);
  model->initialise(1);
  const auto scores = model->next_word()->next(torch::full({1, 4}, 9, torch::kInt64)).exp();  // [1, V]
  EXPECT_NEAR(scores[0][7].item<double>(), 30.5 / 51.5, 1e-5);
  EXPECT_NEAR(scores[0][8].item<double>(), 10.5 / 51.5, 1e-5);
  EXPECT_NEAR(scores.sum().item<double>(), 1, 1e-5);
}

std::unique_ptr<Model> random_model(const Json& options) {
  auto model = model_of(options);
  torch::manual_seed(11);
  const torch::NoGradGuard no_gradient;
  for (auto& [name, tensor] : model->parts()) tensor.normal_(0, 0.5);
  return model;
}

void expect_one_text_however_it_is_cut(const Json& options, std::int64_t context) {
  const auto model = random_model(options);
  torch::manual_seed(1);
  const auto text = torch::randint(kSpecialTokens, 23, {1, 12}, torch::kInt64);  // the words of one stream
  auto before = torch::cat({torch::full({1, context}, std::int64_t{kEnd}, torch::kInt64), text}, 1);
  std::vector<double> expected;
  for (std::int64_t t = 0; t < 12; ++t) {
    const auto next = model->next_word()->next(before.narrow(1, t, context));  // [1, V]
    expected.push_back(next[0][text[0][t].item<std::int64_t>()].item<double>());
  }
  for (const std::int64_t length : {12, 5, 1}) {
    State state;
    std::vector<double> scores;
    for (std::int64_t t = 0; t < 12; t += length) {
      const auto steps = std::min<std::int64_t>(length, 12 - t);
      Batch batch;
      batch.input = before.narrow(1, t + context - 1, steps);
      batch.target = text.narrow(1, t, steps);
      batch.lengths = torch::full({1}, steps, torch::kInt64);
      batch.slots = torch::zeros({1}, torch::kInt64);
      batch.starts = torch::full({1}, t == 0, torch::kBool);
      const auto part = model->next_word()->score(batch, state);  // [1, T]
      for (std::int64_t i = 0; i < steps; ++i) scores.push_back(part[0][i].item<double>());
    }
    for (std::size_t t = 0; t < 12; ++t) EXPECT_NEAR(scores[t], expected[t], 1e-5) << t << " cut by " << length;
  }
}

TEST(Nnlm, ScoresAStreamAsOneTextHoweverItIsCut) {
  expect_one_text_however_it_is_cut({{"order", 4}, {"embedding", 6}, {"hidden", 7}}, 3);
}
TEST(Nnlm, ScoresAStreamAsOneTextWithAveragesToo) { expect_one_text_however_it_is_cut(kModern, 8); }

TEST(Nnlm, IgnoredTargetsScoreZeroAndAStartForgetsWhatWasBefore) {
  const auto model = random_model({{"order", 4}, {"embedding", 6}, {"hidden", 7}});
  Batch batch;
  batch.input = torch::tensor({{5, 6}, {5, 6}}, torch::kInt64);
  batch.target = torch::tensor({{6, 7}, {6, -100}}, torch::kInt64);
  batch.slots = torch::tensor({0, 1}, torch::kInt64);
  batch.starts = torch::tensor({true, true});
  State state;
  const auto first = model->next_word()->score(batch, state);
  EXPECT_EQ(first[1][1].item<float>(), 0);
  EXPECT_FLOAT_EQ(first[0][0].item<float>(), first[1][0].item<float>());
  batch.starts = torch::tensor({true, false});
  const auto second = model->next_word()->score(batch, state);
  EXPECT_FLOAT_EQ(second[0][0].item<float>(), first[0][0].item<float>());
  EXPECT_NE(second[1][0].item<float>(), first[1][0].item<float>());
}

TEST(Nnlm, ClozeLooksAtTheLeftOnlyAndTakesPaddingForTheTextsStart) {
  const auto model = random_model({{"order", 4}, {"embedding", 6}, {"hidden", 7}});
  EXPECT_TRUE(model->cloze()->left_only());
  const auto right = torch::full({1, 5}, 9, torch::kInt64);
  const auto left = torch::tensor({{0, 0, 0, 0, 8}}, torch::kInt64);
  const auto scores = model->cloze()->cloze(left, right);
  EXPECT_EQ(scores.sizes(), torch::IntArrayRef({1, 23}));
  EXPECT_LT(largest_difference(scores, model->next_word()->next(torch::tensor({{8}}, torch::kInt64))), 1e-6);
}

TEST(Nnlm, WeightDecayIsForWeightsAndNotForBiases) {
  const auto model = model_of(Json::object());
  const auto* trained = model->differentiable();
  EXPECT_TRUE(trained->decays("embedding.weight"));
  EXPECT_TRUE(trained->decays("output.weight"));
  EXPECT_FALSE(trained->decays("output.bias"));
  EXPECT_FALSE(trained->decays("hidden.bias"));
  EXPECT_TRUE(trained->decays("layers.0.weight"));
  EXPECT_FALSE(trained->decays("norms.0.weight"));
}

}  // namespace
}  // namespace zoo::nnlm
