#include <sys/resource.h>

#include "models/nnlm/nnlm.h"
#include "models/runtime.h"
#include "tests/support/errors.h"
#include "training/optimizer.h"

namespace zoo::nnlm {
namespace {

double peak_bytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024;
}

TEST(NnlmMemory, LargeVocabulariesAndBatchesTrainWithoutTheirLogits) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's own memory would be counted";
#endif
  // The logits of 4,096 rows over 100,000 words and their gradient alone would take 3.3 GB.
  constexpr std::int64_t kVocabulary = 100'000, kRows = 4096;
  use_threads(0);
  const auto model = kind().create({{"order", 5}, {"hidden", 100}, {"embedding", 30}}, {kVocabulary, {}});
  model->initialise(1);
  auto& trained = *model->differentiable();
  Parts parameters;
  for (const auto& parameter : trained.module().named_parameters()) {
    parameters.emplace_back(parameter.key(), parameter.value());
  }
  const auto optimizer = make_optimizer({"adamw"}, parameters, [](std::string_view) { return true; });
  Batch batch;
  batch.input = torch::randint(0, kVocabulary, {kRows, 4}, torch::kInt64);
  batch.target = torch::randint(0, kVocabulary, {kRows}, torch::kInt64);
  for (int step = 0; step < 2; ++step) {
    State state;
    const auto loss = trained.loss(batch, state);
    loss.sum.backward();
    optimizer->step(0.001, static_cast<double>(loss.count));
    trained.module().zero_grad();
  }
  EXPECT_LT(peak_bytes(), 1.5e9);
}

}  // namespace
}  // namespace zoo::nnlm
