#include "tokenizers/char_tokenizer.h"

#include "base/error.h"
#include "base/utf8.h"
#include "tokenizers/tokenizer_files.h"
#include "tokenizers/unicode.h"

namespace zoo {
namespace {

constexpr char32_t kSpaceMark = 0x2581;
constexpr std::string_view kSpacePiece = "▁";

template <class Emit>
void for_each_character(std::string_view line, bool lowercase, Emit&& emit) {
  std::string scratch;
  const auto text = normalise_nfc(line, lowercase, scratch);
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    const auto c = next_code_point(at, end);
    emit(is_separator(c) ? kSpaceMark : c);
  }
}

class CharTrainer : public TokenizerTrainer {
 public:
  explicit CharTrainer(const TokenizerOptions& options) : options_(options) {}

  void add(std::string_view line) override {
    for_each_character(line, options_.lowercase, [&](char32_t c) {
      if (c >= counts_.size()) counts_.resize(c + 1);
      ++counts_[c];
    });
  }
  bool mergeable() const override { return true; }
  void merge(TokenizerTrainer& other) override {
    const auto& more = dynamic_cast<CharTrainer&>(other).counts_;
    if (more.size() > counts_.size()) counts_.resize(more.size());
    for (std::size_t c = 0; c < more.size(); ++c) counts_[c] += more[c];
  }
  std::shared_ptr<const Tokenizer> finish() override {
    PieceCounts counts;
    for (std::size_t c = 0; c < counts_.size(); ++c) {
      if (counts_[c] == 0) continue;
      std::string piece;
      append_utf8(piece, static_cast<char32_t>(c));
      counts.add(piece, counts_[c]);
    }
    return std::make_shared<CharTokenizer>(
        Vocabulary::from_counts(counts, options_.min_count, options_.vocabulary_size), options_.lowercase);
  }

 private:
  TokenizerOptions options_;
  std::vector<std::uint64_t> counts_;  // by code point
};

}  // namespace

CharTokenizer::CharTokenizer(Vocabulary vocabulary, bool lowercase)
    : VocabularyTokenizer(std::move(vocabulary), fmt::format("char 1 lowercase={}", lowercase)), lowercase_(lowercase) {
  for (TokenId id = kSpecialTokens; id < vocabulary_.size(); ++id) {
    const auto piece = vocabulary_.piece(id);
    const char* at = piece.data();
    const auto c = next_code_point(at, piece.data() + piece.size());
    if (at != piece.data() + piece.size()) fail("the vocabulary's piece '{}' is more than one character", piece);
    if (c >= ids_.size()) ids_.resize(c + 1, kUnknown);
    ids_[c] = id;
  }
}

std::unique_ptr<TokenizerTrainer> CharTokenizer::trainer(const TokenizerOptions& options) {
  return std::make_unique<CharTrainer>(options);
}

void CharTokenizer::encode(std::string_view line, std::vector<TokenId>& ids) const {
  for_each_character(line, lowercase_, [&](char32_t c) { ids.push_back(c < ids_.size() ? ids_[c] : kUnknown); });
}

std::string CharTokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const auto id : ids) {
    const auto character = vocabulary_.piece(id);
    if (id < kSpecialTokens && id != kUnknown) continue;
    text += character == kSpacePiece ? " " : character;
  }
  return text;
}

std::string CharTokenizer::normalise(std::string_view line) const {
  std::string text;
  for_each_character(line, lowercase_, [&](char32_t c) { append_utf8(text, c == kSpaceMark ? U' ' : c); });
  return text;
}

void CharTokenizer::save(const std::filesystem::path& folder) const {
  vocabulary_.save(folder / kVocabularyFile);
  write_description(folder, *this, {{"lowercase", lowercase_}});
}

std::shared_ptr<const Tokenizer> CharTokenizer::load(const std::filesystem::path& folder, const Json& description) {
  TokenizerOptions options;
  read_description_options(folder, description, {"lowercase"}, options);
  return std::make_shared<CharTokenizer>(Vocabulary::load(folder / kVocabularyFile), options.lowercase);
}

}  // namespace zoo
