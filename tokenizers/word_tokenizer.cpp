#include "tokenizers/word_tokenizer.h"

#include "base/error.h"
#include "tokenizers/tokenizer_files.h"
#include "tokenizers/unicode.h"
#include "tokenizers/word_splitter.h"

namespace zoo {
namespace {

template <class Emit>
void for_each_word(std::string_view line, bool lowercase, bool split_punctuation, Emit&& emit) {
  std::string scratch;
  const auto text = normalise_nfc(line, lowercase, scratch);
  if (split_punctuation) {
    WordSplitter::by_punctuation(text, emit);
  } else {
    WordSplitter::by_whitespace(text, emit);
  }
}

class WordTrainer : public TokenizerTrainer {
 public:
  explicit WordTrainer(const TokenizerOptions& options) : options_(options) {}

  void add(std::string_view line) override {
    for_each_word(line, options_.lowercase, options_.split == "punctuation",
                  [&](std::string_view word) { counts_.add(word); });
  }
  bool mergeable() const override { return true; }
  void merge(TokenizerTrainer& other) override { counts_.merge(dynamic_cast<WordTrainer&>(other).counts_); }
  std::shared_ptr<const Tokenizer> finish() override {
    return std::make_shared<WordTokenizer>(
        Vocabulary::from_counts(counts_, options_.min_count, options_.vocabulary_size), options_.lowercase,
        options_.split == "punctuation");
  }

 private:
  TokenizerOptions options_;
  PieceCounts counts_;
};

}  // namespace

WordTokenizer::WordTokenizer(Vocabulary vocabulary, bool lowercase, bool split_punctuation)
    : VocabularyTokenizer(std::move(vocabulary), fmt::format("word 1 lowercase={} split={}", lowercase,
                                                             split_punctuation ? "punctuation" : "whitespace")),
      lowercase_(lowercase),
      split_punctuation_(split_punctuation) {}

std::unique_ptr<TokenizerTrainer> WordTokenizer::trainer(const TokenizerOptions& options) {
  return std::make_unique<WordTrainer>(options);
}

void WordTokenizer::encode(std::string_view line, std::vector<TokenId>& ids) const {
  for_each_word(line, lowercase_, split_punctuation_,
                [&](std::string_view word) { ids.push_back(vocabulary_.find(word)); });
}

std::string WordTokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const auto id : ids) {
    const auto word = vocabulary_.piece(id);
    if (id < kSpecialTokens && id != kUnknown) continue;
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

std::string WordTokenizer::normalise(std::string_view line) const {
  std::string text;
  for_each_word(line, lowercase_, split_punctuation_, [&](std::string_view word) {
    if (!text.empty()) text += ' ';
    text += word;
  });
  return text;
}

std::shared_ptr<const Tokenizer> WordTokenizer::joined_with(const WordTokenizer& other) const {
  if (lowercase_ != other.lowercase_ || split_punctuation_ != other.split_punctuation_) {
    fail_usage("lowercase, split: the two vocabularies were made by different rules; give --lowercase {} --split {}",
               other.lowercase_, other.split_punctuation_ ? "punctuation" : "whitespace");
  }
  PieceCounts counts;
  for (const auto* vocabulary : {&vocabulary_, &other.vocabulary_}) {
    for (auto id = kSpecialTokens; id < vocabulary->size(); ++id)
      counts.add(vocabulary->piece(id), vocabulary->count(id));
  }
  return std::make_shared<WordTokenizer>(Vocabulary::from_counts(counts, 0, 0), lowercase_, split_punctuation_);
}

void WordTokenizer::save(const std::filesystem::path& folder) const {
  vocabulary_.save(folder / kVocabularyFile);
  write_description(folder, *this,
                    {{"lowercase", lowercase_}, {"split", split_punctuation_ ? "punctuation" : "whitespace"}});
}

std::shared_ptr<const Tokenizer> WordTokenizer::load(const std::filesystem::path& folder, const Json& description) {
  TokenizerOptions options;
  read_description_options(folder, description, {"lowercase", "split"}, options);
  return std::make_shared<WordTokenizer>(Vocabulary::load(folder / kVocabularyFile), options.lowercase,
                                         options.split == "punctuation");
}

}  // namespace zoo
