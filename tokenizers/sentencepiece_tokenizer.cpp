#include "tokenizers/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <atomic>
#include <limits>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "tokenizers/tokenizer_files.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_cache.h"

namespace zoo {
namespace {

constexpr std::string_view kSpaceMark = "▁";

/// `text` itself, or a copy in `scratch` where a ▁ had to become a space.
std::string_view without_space_marks(std::string_view text, std::string& scratch) {
  auto at = text.find(kSpaceMark);
  if (at == std::string_view::npos) return text;
  scratch.clear();
  while (at != std::string_view::npos) {
    scratch.append(text.substr(0, at)).push_back(' ');
    text.remove_prefix(at + kSpaceMark.size());
    at = text.find(kSpaceMark);
  }
  return scratch.append(text);
}

/// The pieces' texts put together, unknown ones included: the normalised text with its spaces written ▁.
std::string normal_pieces(const sentencepiece::SentencePieceProcessor& processor, std::string_view text) {
  std::string normal;
  for (const auto& piece : processor.EncodeAsPieces(text)) {
    if (processor.IsByte(processor.PieceToId(piece))) {
      normal += static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16));  // "<0xE4>"
    } else {
      normal += piece;
    }
  }
  return normal;
}

class LineIterator : public sentencepiece::SentenceIterator {
 public:
  explicit LineIterator(const std::vector<std::string>& lines) : lines_(lines) {}
  bool done() const override { return at_ == lines_.size(); }
  void Next() override { ++at_; }
  const std::string& value() const override { return lines_[at_]; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  const std::vector<std::string>& lines_;
  std::size_t at_ = 0;
};

/// The number behind `words` in a message of the library, or "" if it says something else.
std::string number_after(std::string_view message, std::string_view words) {
  const auto at = message.find(words);
  if (at == std::string_view::npos) return "";
  const auto start = message.find_first_of("0123456789", at + words.size());
  if (start == std::string_view::npos) return "";
  return std::string(message.substr(start, message.find_first_not_of("0123456789", start) - start));
}

class SentencePieceTrainer : public TokenizerTrainer {
 public:
  explicit SentencePieceTrainer(const TokenizerOptions& options) : options_(options), random_(1) {}

  /// Keeps an even sample of fixed size (algorithm R, Vitter 1985).
  void add(std::string_view line) override {
    const auto number = seen_++;
    if (options_.training_lines == 0 || lines_.size() < static_cast<std::size_t>(options_.training_lines)) {
      lines_.emplace_back(line);
    } else if (const auto place = random_.below(number + 1); place < lines_.size()) {
      lines_[place] = line;
    }
  }
  bool mergeable() const override { return false; }
  void merge(TokenizerTrainer&) override {}

  std::shared_ptr<const Tokenizer> finish() override {
    if (lines_.empty()) fail("the training text holds no lines; give more text");
    log_info(fmt::format("training the {} tokenizer of {} pieces on {} of {} lines", options_.type,
                         options_.vocabulary_size, lines_.size(), seen_));
    LineIterator iterator(lines_);
    std::string model;
    // The number of threads is fixed because sums of the unigram training depend on it.
    const std::unordered_map<std::string, std::string> settings = {
        {"model_type", options_.type},
        {"vocab_size", std::to_string(options_.vocabulary_size)},
        {"character_coverage", fmt::format("{}", options_.character_coverage)},
        {"byte_fallback", options_.byte_fallback ? "true" : "false"},
        {"normalization_rule_name", options_.lowercase ? "nmt_nfkc_cf" : "nmt_nfkc"},
        {"pad_id", std::to_string(kPad)},
        {"unk_id", std::to_string(kUnknown)},
        {"bos_id", std::to_string(kBegin)},
        {"eos_id", std::to_string(kEnd)},
        {"control_symbols", std::string(kSpecialPieces[kMask])},
        {"unk_surface", std::string(kSpecialPieces[kUnknown])},
        {"max_sentence_length", "1000000000"},
        {"num_threads", "16"},
        {"minloglevel", "2"}};
    const auto status = sentencepiece::SentencePieceTrainer::Train(settings, &iterator, &model);
    if (!status.ok()) explain(status.ToString());
    lines_.clear();
    lines_.shrink_to_fit();
    return std::make_shared<SentencePieceTokenizer>(options_.type, std::move(model), "the trained model");
  }

 private:
  [[noreturn]] void explain(std::string message) const {
    if (const auto most = number_after(message, "value <="); !most.empty()) {
      fail("vocabulary_size: the training text gives no {} {} pieces; give at most {}, or more text",
           options_.vocabulary_size, options_.type, most);
    }
    if (const auto least = number_after(message, " vs "); !least.empty()) {
      fail(
          "vocabulary_size: {} is less than the {} characters and special tokens that must be pieces; give at least "
          "{}, or a lower character_coverage",
          options_.vocabulary_size, least, least);
    }
    const auto bracket = message.rfind("] ");
    if (bracket != std::string::npos && bracket + 2 < message.size()) message = message.substr(bracket + 2);
    fail("training the {} tokenizer failed: {}", options_.type, message.substr(0, message.find('\n')));
  }

  TokenizerOptions options_;
  Random random_;
  std::uint64_t seen_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

struct SentencePieceTokenizer::Library {
  sentencepiece::SentencePieceProcessor processor;
};

SentencePieceTokenizer::SentencePieceTokenizer(std::string_view type, std::string model, std::string_view origin)
    : type_(type), model_(std::move(model)), library_(std::make_unique<Library>()) {
  auto& processor = library_->processor;
  if (model_.empty() || !processor.LoadFromSerializedProto(model_).ok()) {
    fail("{}: is no SentencePiece model, or a damaged one", origin);
  }
  for (int id = 0; id < processor.GetPieceSize(); ++id) pieces_.push_back(processor.IdToPiece(id));
  for (TokenId id = 0; id < kSpecialTokens; ++id) {
    const bool special = id < size() && pieces_[static_cast<std::size_t>(id)] == kSpecialPieces[id] &&
                         (id == kUnknown ? processor.IsUnknown(id) : processor.IsControl(id));
    if (!special) {
      fail("{}: piece {} must be the special token {}; train the model with zoo tokenizer train", origin, id,
           kSpecialPieces[id]);
    }
  }
  fingerprint_ = sha256("sentencepiece 1\n" + model_);
  prepare_cache();
}

SentencePieceTokenizer::~SentencePieceTokenizer() = default;

std::unique_ptr<TokenizerTrainer> SentencePieceTokenizer::trainer(const TokenizerOptions& options) {
  if (options.vocabulary_size <= kSpecialTokens) {
    fail_usage("vocabulary_size: {} leaves no room beside the {} special tokens; give 8000, for example",
               options.vocabulary_size, kSpecialTokens);
  }
  return std::make_unique<SentencePieceTrainer>(options);
}

void SentencePieceTokenizer::prepare_cache() {
  const auto& processor = library_->processor;
  std::vector<std::string> ordinary;
  std::vector<double> scores;
  double lowest = 0;
  bool has_space = false;
  for (int id = 0; id < processor.GetPieceSize(); ++id) {
    if (processor.IsControl(id) || processor.IsUnknown(id) || processor.IsByte(id)) continue;
    const auto& piece = pieces_[static_cast<std::size_t>(id)];
    if (piece.rfind(kSpaceMark) != 0 && piece.find(kSpaceMark) != std::string::npos) return;  // crosses a space
    has_space |= piece == kSpaceMark;
    ordinary.push_back(piece);
    scores.push_back(processor.GetScore(id));
    lowest = std::min(lowest, scores.back());
  }
  if (!has_space) return;
  constexpr double kUnknownPenalty = 10;  // SentencePiece: an unknown character costs this more than any piece
  if (type_ == "unigram") margin_ = std::make_unique<UnigramMargin>(ordinary, scores, lowest - kUnknownPenalty);
  static std::atomic<std::uint64_t> owners = 0;
  cache_owner_ = ++owners;
}

void SentencePieceTokenizer::encode_by_library(std::string_view line, std::vector<TokenId>& ids) const {
  std::string scratch;
  const auto found = library_->processor.EncodeAsIds(without_space_marks(line, scratch));
  ids.insert(ids.end(), found.begin(), found.end());
}

void SentencePieceTokenizer::encode(std::string_view line, std::vector<TokenId>& ids) const {
  std::string scratch;
  const auto text = without_space_marks(line, scratch);
  const auto before = ids.size();
  if (cache_owner_ != 0 && encode_by_words(text, ids)) return;
  ids.resize(before);
  encode_by_library(text, ids);
}

bool SentencePieceTokenizer::encode_by_words(std::string_view text, std::vector<TokenId>& ids) const {
  constexpr std::size_t kLongestWord = 100;
  auto& cache = WordCache::of_thread(cache_owner_);
  double cost = 0, narrowest = std::numeric_limits<double>::infinity();
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find(' ', at), text.size());
    const auto word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (word.size() > kLongestWord) return false;
    const auto* entry = cache.find(word);
    if (entry == nullptr) {
      const auto pieces = library_->processor.EncodeAsIds(word);
      UnigramMargin::Result result{0, std::numeric_limits<double>::infinity()};
      if (margin_ != nullptr) {
        // Where all is known, the pieces spell the normalised word.
        std::string normal;
        bool known = true;
        for (const auto id : pieces) {
          normal += pieces_[static_cast<std::size_t>(id)];
          known &= id != kUnknown && !library_->processor.IsByte(id);
        }
        if (!known) normal = normal_pieces(library_->processor, word);
        result = margin_->of(normal);
        // Each of two cuts is at most one addition a character, and each addition rounds.
        result.margin /= static_cast<double>(2 * normal.size() + 2);
      }
      entry = &cache.insert(word, pieces, result.cost, result.margin);
    }
    const auto word_ids = cache.ids(*entry);
    ids.insert(ids.end(), word_ids.begin(), word_ids.end());
    cost += entry->cost;
    narrowest = std::min(narrowest, entry->margin);
  }
  // A sum of single precision near `cost` is rounded by at most cost · 2⁻²⁴; twice that, to be safe.
  return narrowest > cost * 0x1.0p-23;
}

std::string SentencePieceTokenizer::decode(std::span<const TokenId> ids) const {
  std::vector<int> kept;
  kept.reserve(ids.size());
  for (const auto id : ids) {
    piece(id);  // in range
    if (id >= kSpecialTokens || id == kUnknown) kept.push_back(id);
  }
  std::string text;
  const auto status = library_->processor.Decode(kept, &text);
  if (!status.ok()) fail("cannot decode: {}", status.ToString());
  return text;
}

std::string SentencePieceTokenizer::normalise(std::string_view line) const {
  std::string scratch, spaced;
  const auto text = normal_pieces(library_->processor, without_space_marks(line, scratch));
  auto normal = without_space_marks(text, spaced);
  if (normal.starts_with(' ')) normal.remove_prefix(1);
  return std::string(normal);
}

std::string_view SentencePieceTokenizer::piece(TokenId id) const {
  if (id < 0 || id >= size()) fail("id {}: not in the vocabulary of {} pieces (0 … {})", id, size(), size() - 1);
  return pieces_[static_cast<std::size_t>(id)];
}

std::optional<TokenId> SentencePieceTokenizer::id(std::string_view piece) const {
  const auto found = library_->processor.PieceToId(piece);
  if (found == kUnknown && piece != kSpecialPieces[kUnknown]) return std::nullopt;
  return found;
}

void SentencePieceTokenizer::save(const std::filesystem::path& folder) const {
  write_file_atomically(folder / kSentencePieceFile, model_);
  write_description(folder, *this, Json::object());
}

std::shared_ptr<const Tokenizer> SentencePieceTokenizer::load(const std::filesystem::path& folder,
                                                              const Json& description) {
  TokenizerOptions options;
  read_description_options(folder, description, {}, options);
  const auto file = folder / kSentencePieceFile;
  return std::make_shared<SentencePieceTokenizer>(description["type"].get<std::string>(),
                                                  read_file(file, std::uint64_t{1} << 30), file.string());
}

}  // namespace zoo
