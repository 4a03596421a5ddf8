#include "tokenizers/wordpiece_tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "tokenizers/plain_json.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"

namespace zoo {
namespace {

constexpr std::string_view kInside = "##";
constexpr std::size_t kLongestWord = 100;  ///< characters

/// The blocks of ideographs that BERT's tokenizer parts.
bool is_ideograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/// Beside Unicode's punctuation all of ASCII that is no letter, figure or space.
bool parts_words(char32_t c) {
  if (c < 0x80) return c > ' ' && c < 0x7F && !is_letter(c) && !is_number(c);
  return is_punctuation(c);
}

template <class Visit>
void each_code_point(std::string_view text, Visit&& visit) {
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) visit(next_code_point(at, end));
}

}  // namespace

WordPieceTokenizer::WordPieceTokenizer(ForeignVocabulary vocabulary, const Rules& rules)
    : ImportedTokenizer(std::move(vocabulary)), rules_(rules) {
  for (std::int64_t id = 0; id < std::ssize(foreign_pieces()); ++id) {
    std::string_view piece = foreign_pieces()[static_cast<std::size_t>(id)];
    if (piece.empty() || own(id) < kSpecialTokens) continue;
    const bool inside = piece.size() > kInside.size() && piece.starts_with(kInside);
    longest_ = std::max(longest_, piece.size());
    if (!inside) begins_.emplace(piece, own(id));
    if (inside) continues_.emplace(piece.substr(kInside.size()), own(id));
  }
  seal();
}

std::vector<std::string> WordPieceTokenizer::words_of(std::string_view line) const {
  std::string clean;
  each_code_point(line, [&](char32_t c) {
    if (c == 0 || c == kReplacement) return;
    const bool plain_space = c == '\t' || c == '\n' || c == '\r';
    if (!plain_space && is_other(c)) return;
    if (plain_space || is_white_space(c)) {
      clean += ' ';
    } else if (rules_.chinese && is_ideograph(c)) {
      clean += ' ';
      append_utf8(clean, c);
      clean += ' ';
    } else {
      append_utf8(clean, c);
    }
  });
  if (rules_.strip_accents) clean = without_accents(clean);
  if (rules_.lowercase) clean = lower_case_of(clean);
  std::vector<std::string> words;
  bool open = false;  // the last word goes on
  each_code_point(clean, [&](char32_t c) {
    if (is_white_space(c)) {
      open = false;
      return;
    }
    const bool alone = parts_words(c);
    if (alone || !open) words.emplace_back();
    append_utf8(words.back(), c);
    open = !alone;
  });
  return words;
}

void WordPieceTokenizer::encode(std::string_view line, std::vector<TokenId>& ids) const {
  for (const auto& word : words_of(line)) encode_word(word, ids);
}

void WordPieceTokenizer::encode_word(std::string_view word, std::vector<TokenId>& ids) const {
  std::size_t characters = 0;
  each_code_point(word, [&](char32_t) { ++characters; });
  if (characters > kLongestWord) return ids.push_back(kUnknown);
  const auto before = ids.size();
  for (std::size_t begin = 0; begin < word.size();) {
    const auto& pieces = begin == 0 ? begins_ : continues_;
    auto length = std::min(longest_, word.size() - begin);
    auto found = pieces.end();
    for (; length > 0; --length) {
      found = pieces.find(word.substr(begin, length));
      if (found != pieces.end()) break;
    }
    if (length == 0) {
      ids.resize(before);
      return ids.push_back(kUnknown);
    }
    ids.push_back(found->second);
    begin += length;
  }
}

std::string WordPieceTokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const auto id : ids) {
    auto written = piece(id);
    if (id < kSpecialTokens && id != kUnknown) continue;
    const bool inside = written.size() > kInside.size() && written.starts_with(kInside);
    if (inside) written.remove_prefix(kInside.size());
    if (!inside && !text.empty()) text += ' ';
    text += written;
  }
  return text;
}

std::string WordPieceTokenizer::normalise(std::string_view line) const {
  std::string text;
  for (const auto& word : words_of(line)) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

Json WordPieceTokenizer::rules() const {
  return {{"lowercase", rules_.lowercase}, {"strip_accents", rules_.strip_accents}, {"chinese", rules_.chinese}};
}

std::shared_ptr<const Tokenizer> WordPieceTokenizer::load(const std::filesystem::path& folder) {
  auto saved = read_imported(folder);
  Rules rules;
  try {
    rules.lowercase = saved.rules.at("lowercase").get<bool>();
    rules.strip_accents = saved.rules.at("strip_accents").get<bool>();
    rules.chinese = saved.rules.at("chinese").get<bool>();
  } catch (const Json::exception& error) {
    fail("{}: is damaged: {}; import the model anew", (folder / kImportedFile).string(), error.what());
  }
  return std::make_shared<WordPieceTokenizer>(std::move(saved.vocabulary), rules);
}

void WordPieceTokenizer::export_files(const std::filesystem::path& folder) const {
  std::string lines;
  PlainJson vocabulary = PlainJson::object(), added = PlainJson::array();
  auto last = std::ssize(foreign_pieces());
  while (last > 0 && foreign_pieces()[static_cast<std::size_t>(last - 1)].empty()) --last;
  for (std::int64_t id = 0; id < last; ++id) {
    const auto& piece = foreign_pieces()[static_cast<std::size_t>(id)];
    lines += piece.empty() ? fmt::format("[unused row {}]\n", id) : fmt::format("{}\n", piece);  // a line each
    if (piece.empty()) continue;
    vocabulary[piece] = id;
    if (own(id) >= kSpecialTokens) continue;
    added.push_back({{"id", id},
                     {"content", piece},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  write_file_atomically(folder / "vocab.txt", lines);
  const auto begin = special_name(kBegin), end = special_name(kEnd);
  const auto special = [](const std::string& name, int type) {
    return PlainJson{{"SpecialToken", {{"id", name}, {"type_id", type}}}};
  };
  const auto sequence = [](const char* name, int type) {
    return PlainJson{{"Sequence", {{"id", name}, {"type_id", type}}}};
  };
  const auto fact = [&](TokenId id) {
    return PlainJson{{"id", special_name(id)}, {"ids", {foreign_ids().foreign(id)}}, {"tokens", {special_name(id)}}};
  };
  write_plain_json(
      folder / "tokenizer.json",
      {{"version", "1.0"},
       {"truncation", nullptr},
       {"padding", nullptr},
       {"added_tokens", added},
       {"normalizer",
        {{"type", "BertNormalizer"},
         {"clean_text", true},
         {"handle_chinese_chars", rules_.chinese},
         {"strip_accents", rules_.strip_accents},
         {"lowercase", rules_.lowercase}}},
       {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
       {"post_processor",
        {{"type", "TemplateProcessing"},
         {"single", {special(begin, 0), sequence("A", 0), special(end, 0)}},
         {"pair", {special(begin, 0), sequence("A", 0), special(end, 0), sequence("B", 1), special(end, 1)}},
         {"special_tokens", {{begin, fact(kBegin)}, {end, fact(kEnd)}}}}},
       {"decoder", {{"type", "WordPiece"}, {"prefix", kInside}, {"cleanup", true}}},
       {"model",
        {{"type", "WordPiece"},
         {"unk_token", special_name(kUnknown)},
         {"continuing_subword_prefix", kInside},
         {"max_input_chars_per_word", kLongestWord},
         {"vocab", vocabulary}}}});
}

}  // namespace zoo
