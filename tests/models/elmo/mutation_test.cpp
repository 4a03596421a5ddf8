// What is compared with the public model's stored vectors and with our golden would be seen if it were wrong: each of
// these changes of the model makes the comparison fail.
#include <array>
#include <functional>
#include <map>

#include "formats/safetensors.h"
#include "tests/models/elmo/public_fixture.h"

namespace zoo::elmo {
namespace {

struct Mutation {
  std::string name;
  Json options = Json::object();                                                          ///< changed
  std::function<void(const std::string& name, Tensor& tensor, std::int64_t cell)> parts;  ///< changes one in place
  bool carried = true;
};

bool is_lstm(const std::string& name) { return name.starts_with("forward.") || name.starts_with("backward."); }

/// Rows of the gates, [4H, …], in another order.
void order_gates(Tensor& tensor, std::array<std::size_t, 4> order) {
  const auto gates = tensor.clone().chunk(4);
  tensor.copy_(torch::cat({gates[order[0]], gates[order[1]], gates[order[2]], gates[order[3]]}));
}

std::vector<Mutation> mutations(bool clips) {
  const auto gates = [](std::array<std::size_t, 4> order) {
    return [order](const std::string& name, Tensor& tensor, std::int64_t) {
      if (is_lstm(name) && !name.ends_with("projection")) order_gates(tensor, order);
    };
  };
  std::vector<Mutation> list = {{.name = "gates i f j o", .parts = gates({0, 2, 1, 3})},
                                {.name = "gates i j o f", .parts = gates({0, 1, 3, 2})},
                                {.name = "gates j i f o", .parts = gates({1, 0, 2, 3})},
                                {.name = "no 1 at the forget gate",
                                 .parts =
                                     [](const std::string& name, Tensor& tensor, std::int64_t cell) {
                                       if (is_lstm(name) && name.ends_with("bias"))
                                         tensor.narrow(0, 2 * cell, cell).sub_(1);
                                     }},
                                {.name = "h before x",
                                 .parts =
                                     [](const std::string& name, Tensor& tensor, std::int64_t) {
                                       if (is_lstm(name) && name.ends_with("weight")) {
                                         const auto halves = tensor.clone().chunk(2, 1);
                                         tensor.copy_(torch::cat({halves[1], halves[0]}, 1));
                                       }
                                     }},
                                {.name = "the state starts anew", .parts = {}, .carried = false},
                                {.name = "other skip connections", .options = {{"skip", nullptr}}, .parts = {}},
                                {.name = "another activation", .options = {{"activation", nullptr}}, .parts = {}}};
  if (clips) {
    list.push_back({.name = "no clip of the cell", .options = {{"cell_clip", 0.0}}, .parts = {}});
    list.push_back({.name = "no clip of the projection", .options = {{"projection_clip", 0.0}}, .parts = {}});
  }
  return list;
}

/// The same model with that change.
std::unique_ptr<Model> mutated(Model& model, const VocabularyFacts& vocabulary, const Mutation& mutation) {
  auto options = model.options();
  for (const auto& [key, value] : mutation.options.items()) {
    if (key == "skip") {
      options[key] = !options[key].get<bool>();
    } else if (key == "activation") {
      options[key] = options[key] == "relu" ? "tanh" : "relu";
    } else {
      options[key] = value;
    }
  }
  auto other = kind().create(options, vocabulary);
  std::map<std::string, Tensor> given;
  for (const auto& [name, tensor] : model.parts()) given[name] = tensor;
  const torch::NoGradGuard no_gradient;
  for (auto& [name, tensor] : other->parts()) {
    if (name == "word_vectors.weight") continue;  // made from the letters
    tensor.copy_(given.at(name));
    if (mutation.parts) mutation.parts(name, tensor, options.at("cell"));
  }
  return other;
}

TEST_F(PublicElmoFixture, AMutatedModelGivesOtherVectorsThanTheStored) {
  const auto run = saved();
  const auto vocabulary = vocabulary_of(*run.tokenizer);
  EXPECT_EQ(sentences_that_agree(*mutated(*run.model, vocabulary, {.name = "none", .parts = {}})), 30);
  for (const auto& mutation : mutations(/*clips=*/true)) {
    const auto other = mutated(*run.model, vocabulary, mutation);
    EXPECT_LT(sentences_that_agree(*other, mutation.carried), 30) << mutation.name;
  }
}

class GoldenMutations : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto file = ZOO_SOURCE_DIR "/tests/data/elmo/" + GetParam() + ".safetensors";
    const SafetensorsFile golden(file);
    vocabulary_.pieces = Json::parse(golden.metadata().at("pieces")).get<std::vector<std::string>>();
    vocabulary_.size = std::ssize(vocabulary_.pieces);
    for (const auto& [name, tensor] : load_tensors(file)) stored_[name] = tensor;
    model_ = kind().create(Json::parse(golden.metadata().at("options")), vocabulary_);
    const torch::NoGradGuard no_gradient;
    for (auto& [name, tensor] : model_->parts()) {
      if (name != "word_vectors.weight") tensor.copy_(stored_.at("parameter." + name));
    }
  }
  /// How far the vectors of all layers are from the golden's at most.
  double apart(Model& model, bool carried) {
    State state;
    double most = 0;
    for (int number = 0; number < 2; ++number) {
      const auto name = fmt::format("sentences.{}.", number);
      if (!carried) state.clear();
      const auto vectors = model.context_vectors()->context_vectors(
          {stored_.at(name + "words"), stored_.at(name + "lengths"), {}}, state);
      most = std::max(most, (vectors.to(torch::kDouble) - stored_.at(name + "vectors")).abs().max().item<double>());
    }
    return most;
  }

  VocabularyFacts vocabulary_;
  std::map<std::string, Tensor> stored_;
  std::unique_ptr<Model> model_;
};

TEST_P(GoldenMutations, AreSeen) {
  EXPECT_LT(apart(*mutated(*model_, vocabulary_, {.name = "none", .parts = {}}), true), 1e-5);
  for (const auto& mutation : mutations(/*clips=*/GetParam() == "skip_relu")) {
    EXPECT_GT(apart(*mutated(*model_, vocabulary_, mutation), mutation.carried), 1e-3) << mutation.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenMutations, testing::Values("skip_relu", "plain_tanh"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace zoo::elmo
