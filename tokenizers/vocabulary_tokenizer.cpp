#include "tokenizers/vocabulary_tokenizer.h"

#include "base/hash.h"

namespace zoo {

VocabularyTokenizer::VocabularyTokenizer(Vocabulary vocabulary, std::string_view rules)
    : vocabulary_(std::move(vocabulary)) {
  std::string all(rules);
  for (TokenId id = 0; id < vocabulary_.size(); ++id) {  // counts stay out
    all += '\n';
    all += vocabulary_.piece(id);
  }
  fingerprint_ = sha256(all);
}

}  // namespace zoo
