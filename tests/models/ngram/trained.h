#pragma once

#include <memory>
#include <string>
#include <vector>

#include "batches/batcher.h"
#include "models/ngram/ngram.h"

namespace zoo::ngram {

/// The ids as lines that end with kEnd.
inline Corpus corpus_of(const std::vector<TokenId>& ids, std::int64_t vocabulary) {
  std::vector<std::vector<TokenId>> lines(1);
  for (const TokenId id : ids) {
    lines.back().push_back(id);
    if (id == kEnd) lines.emplace_back();
  }
  if (lines.back().empty()) lines.pop_back();
  return Corpus::from_lines(lines, vocabulary);
}

inline std::unique_ptr<Model> trained(const std::string& smoothing, std::int64_t order, const Corpus& corpus,
                                      int threads = 1) {
  VocabularyFacts facts{corpus.vocabulary_size(), {}};
  auto model = kind().create(Json{{"smoothing", smoothing}, {"order", order}}, facts);
  model->self_trained()->begin(corpus, 1, threads);
  while (!model->self_trained()->advance().finished) {
  }
  return model;
}

/// log P of each token of the text after all that stands before it.
inline std::vector<double> scores_of(Model& model, const Corpus& text, std::int64_t length) {
  BatcherOptions options;
  options.batch_size = 1;
  options.shuffle = false;
  options.prefetch = 0;
  Batcher batcher(text, Streams{length}, options);
  State state;
  std::vector<double> scores;
  while (const auto batch = batcher.next_in_epoch()) {
    const Tensor row = model.next_word()->score(*batch, state)[0];
    for (std::int64_t i = 0; i < row.size(0); ++i) scores.push_back(row[i].item<double>());
  }
  return scores;
}

}  // namespace zoo::ngram
