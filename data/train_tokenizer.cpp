#include "data/train_tokenizer.h"

#include <vector>

#include "base/error.h"
#include "data/block_pipeline.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {

std::shared_ptr<const Tokenizer> train_tokenizer(const TokenizerOptions& options, const TextReader& text) {
  std::vector<std::unique_ptr<TokenizerTrainer>> trainers;
  trainers.push_back(make_tokenizer_trainer(options));
  const int threads = trainers[0]->mergeable() ? available_threads() : 1;
  while (trainers.size() < static_cast<std::size_t>(threads)) trainers.push_back(make_tokenizer_trainer(options));
  std::int64_t lines = 0;
  run_over_blocks<std::int64_t>(
      BlockReader(text), text.total_bytes(), "learning the vocabulary", threads,
      [&](int thread, const TextBlock& block) {
        for (const auto& line : block.lines) trainers[static_cast<std::size_t>(thread)]->add(block.line(line));
        return static_cast<std::int64_t>(block.lines.size());
      },
      [&](std::int64_t count) { lines += count; });
  if (lines == 0) {
    fail("{}: its {} part holds no line; give a text of at least 20 lines", text.name(), part_name(text.part()));
  }
  for (std::size_t i = 1; i < trainers.size(); ++i) {
    trainers[0]->merge(*trainers[i]);
    trainers[i].reset();
  }
  return trainers[0]->finish();
}

}  // namespace zoo
