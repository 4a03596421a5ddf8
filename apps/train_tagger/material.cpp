#include "apps/train_tagger/material.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "models/model_table.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {
namespace {

constexpr std::size_t kValidSentences = 1000;

std::shared_ptr<const Tokenizer> words_of(const TaggedText& text) {
  const auto trainer = make_tokenizer_trainer({.type = "word", .min_count = 2, .split = "whitespace"});
  for (const auto& word : text.words) trainer->add(word);
  return trainer->finish();
}

}  // namespace

Material material_of(const TaggerRunOptions& options) {
  Material made;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  VectorChoice choice{.from = options.vectors,
                      .layer = options.layer,
                      .random_width = options.random_width,
                      .random_seed = options.seed};
  const auto whole = read_tagged_text(options.input, Part::train, options.form());
  if (options.vectors == "random") {
    choice.random_words = options.tokenizer.empty() ? words_of(whole) : load_tokenizer(options.tokenizer);
  }
  made.source = open_vector_source(choice, model_table());
  if (options.fine_tune && made.source->trainable() == nullptr) {
    fail_usage(
        "--fine-tune: the vectors of {} stay as they are; an ELMo's can be trained, and the table of words of an "
        "NNLM or of a Word2Vec without n-grams",
        options.vectors);
  }
  double most = 0;
  for (const auto& share : options.shares) most = std::max(most, share_of(share));
  made.train = drawn_sentences(whole, seed, static_cast<std::size_t>(options.max_sentences));
  made.valid = drawn_sentences(read_tagged_text(options.input, Part::valid, options.form()), seed, kValidSentences);
  if (options.test) made.test = read_tagged_text(options.input, Part::test, options.form());
  log_info(fmt::format("tagger: {} tags, {} sentences of {} words to train on, {} words to validate on",
                       made.train.names.size(), made.train.sentence_count(),
                       short_number(static_cast<double>(made.train.size())), made.valid.size()));
  const auto needed = static_cast<std::size_t>(std::ceil(most * static_cast<double>(made.train.sentence_count())));
  made.of_train = made.source->features(first_sentences(made.train, needed));
  if (options.fine_tune) return made;  // the others are read as the vectors have become
  made.of_valid = made.source->features(made.valid);
  if (options.test) made.of_test = made.source->features(made.test);
  return made;
}

}  // namespace zoo
