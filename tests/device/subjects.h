#pragma once

#include "data/parallel_corpus.h"
#include "tests/contract/contract.h"
#include "tests/device/device.h"
#include "training/trainer.h"

namespace zoo {

/// Every variant of every model that is trained by gradient, those that translate included.
inline std::vector<contract::Subject> gradient_subjects() {
  static_cast<void>(missing_device());  // before any tensor
  auto all = contract::subjects_with([](Model& model) { return model.differentiable() != nullptr; });
  for (const ModelKind* kind : model_table()) {
    for (const Variant& variant : kind->translators()) all.push_back({kind, variant});
  }
  return all;
}

/// Two models of the same weights, one on the CPU and one on the device, both after a few steps on the CPU.
class TwinModels : public testing::TestWithParam<contract::Subject> {
 protected:
  void SetUp() override {
    ZOO_NEED_DEVICE();
    use_threads(1);
    here_ = make();
    there_ = make();
    train(*here_, 3);
    there_->load_parts(contract::through_file(*here_));
    ASSERT_TRUE(there_->to(the_device()));
    for (auto* model : {here_.get(), there_.get()}) model->differentiable()->module().eval();
  }

  bool translates() const {
    for (const Variant& variant : GetParam().kind->translators()) {
      if (variant.name == GetParam().variant.name) return true;
    }
    return false;
  }
  std::unique_ptr<Model> make() const {
    auto facts = sample_vocabulary(contract::kVocabulary);
    const auto counts = corpus_.counts();
    facts.counts.assign(counts.begin(), counts.end());
    if (translates()) facts.source_size = contract::kVocabulary;
    auto model = GetParam().kind->create(GetParam().options(), facts);
    model->initialise(7);
    return model;
  }
  TrainingData data() const {
    if (!translates()) return {corpus_, contract::text(10, 2)};
    return {corpus_, contract::text(10, 2), source_, contract::text(10, 2)};
  }
  Batch first_batch(Model& model) const {
    const auto all = data();
    return make_batcher(all.train, all.train_source, model.differentiable()->examples(),
                        {.batch_size = 8, .prefetch = 0})
        .next();
  }
  void train(Model& model, int steps) const {
    const auto batch = first_batch(model);
    auto& trained = *model.differentiable();
    seed_torch(7);
    trained.module().train();
    torch::optim::Adam adam(trained.module().parameters(), torch::optim::AdamOptions(0.03));
    for (int step = 0; step < steps; ++step) {
      adam.zero_grad();
      State state;
      const Loss loss = trained.loss(batch, state);
      (loss.sum / static_cast<double>(loss.count)).backward();
      adam.step();
    }
    adam.zero_grad();
  }

  Corpus corpus_ = contract::text(60, 1), source_ = contract::text(60, 1);
  std::unique_ptr<Model> here_, there_;
};

}  // namespace zoo
