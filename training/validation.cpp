#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "batches/batcher.h"
#include "training/agreement.h"
#include "training/trainer.h"

namespace zoo {

Batcher make_batcher(const Corpus& text, const std::optional<Corpus>& source, const Examples& examples,
                     const BatcherOptions& options) {
  const auto* pairs = std::get_if<SentencePairs>(&examples);
  if (pairs == nullptr && !source) return Batcher(text, examples, options);
  if (pairs == nullptr) fail("the model reads one text, and two were given; it takes --input instead of --source");
  if (!source) fail("the model is fed pairs of sentences: give --source FILE and --target FILE");
  return Batcher(ParallelCorpus{*source, text}, *pairs, options);
}

std::optional<LossSum> validation_loss(Differentiable& model, const Corpus& corpus, std::int64_t batch_size,
                                       const std::optional<Corpus>& source, ProcessGroup* group) {
  const torch::NoGradGuard no_gradient;
  auto& module = model.module();
  const bool training = module.is_training();
  module.eval();
  // Streams may be fewer than asked for where the text is short.
  auto batcher = make_batcher(corpus, source, model.examples(),
                              {.batch_size = std::min(batch_size, std::max<std::int64_t>(1, corpus.size() / 2)),
                               .shuffle = false,
                               .share = group == nullptr ? 0 : group->rank(),
                               .shares = group == nullptr ? 1 : group->processes()});
  State carried;
  LossSum total;
  bool whole = true;
  while (const auto batch = batcher.next_in_epoch()) {
    if (interrupted()) {
      whole = false;
      break;
    }
    if (!batch->input.defined()) continue;  // this process has no row of it
    const auto loss = model.loss(*batch, carried);
    total.unit = loss.unit;
    total.sum += loss.sum.item<double>();
    total.count += loss.count;
  }
  module.train(training);
  if (group != nullptr) {
    const auto of_all = add_up(*group, {total.sum, static_cast<double>(total.count), {.interrupted = !whole}});
    total.sum = of_all.sum;
    total.count = std::llround(of_all.count);
    whole = !of_all.requests.interrupted;
  }
  if (!whole) return std::nullopt;
  if (total.count == 0) fail("validation: the text has nothing to predict; give more of it");
  return total;
}

}  // namespace zoo
