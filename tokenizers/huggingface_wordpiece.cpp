// vocab.txt, or tokenizer.json with a model of type WordPiece.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "tokenizers/huggingface_parts.h"
#include "tokenizers/wordpiece_tokenizer.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& file, std::int64_t rows) {
  const auto text = read_file(file, std::uint64_t{1} << 28);
  if (!is_utf8(text)) fail("{}: is no UTF-8 text; a vocabulary with a piece a line was expected", file.string());
  std::vector<std::string> pieces;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    if (pieces.back().ends_with('\r')) pieces.back().pop_back();
    begin = end + 1;
  }
  if (std::ssize(pieces) > rows) {
    fail("{}: has {} pieces, and the model rows for {}; are they of two different models?", file.string(),
         pieces.size(), rows);
  }
  return pieces;
}

/// The normalizer of tokenizer.json as BERT's rules.
WordPieceTokenizer::Rules rules_of(const PlainJson& normalizer, const fs::path& file) {
  const auto type = token_text(normalizer, "type").value_or("none");
  if (type != "BertNormalizer" || !truth(normalizer, "clean_text", true, file)) {
    fail("{}: normalizer {} is not read here; BertNormalizer with clean_text is", file.string(), type);
  }
  WordPieceTokenizer::Rules rules;
  rules.lowercase = truth(normalizer, "lowercase", true, file);
  rules.strip_accents = truth(normalizer, "strip_accents", rules.lowercase, file);
  rules.chinese = truth(normalizer, "handle_chinese_chars", true, file);
  return rules;
}

}  // namespace

std::shared_ptr<const ImportedTokenizer> read_wordpiece(const fs::path& folder, std::int64_t rows) {
  const auto whole = folder / "tokenizer.json", plain = folder / "vocab.txt", config = folder / "tokenizer_config.json";
  const auto facts = read_if_there(config);
  WordPieceTokenizer::Rules rules;
  std::vector<std::string> pieces;
  fs::path file;
  if (is_there(whole)) {
    file = whole;
    const auto content = read_plain_json(whole);
    const auto model = content.is_object() ? content.value("model", PlainJson()) : PlainJson();
    const auto type = token_text(model, "type").value_or("none");
    if (type != "WordPiece") {
      fail("{}: a tokenizer of the type {} is not read here for this model; WordPiece is", file.string(), type);
    }
    if (token_text(model, "continuing_subword_prefix").value_or("##") != "##") {
      fail("{}: continuing_subword_prefix '{}' is not read here; '##' is", file.string(),
           *token_text(model, "continuing_subword_prefix"));
    }
    rules = rules_of(content.value("normalizer", PlainJson()), file);
    pieces =
        pieces_by_id(model.value("vocab", PlainJson()), content.value("added_tokens", PlainJson::array()), rows, file);
  } else if (is_there(plain)) {
    file = plain;
    rules.lowercase = truth(facts, "do_lower_case", true, config);
    rules.strip_accents = truth(facts, "strip_accents", rules.lowercase, config);
    rules.chinese = truth(facts, "tokenize_chinese_chars", true, config);
    pieces = lines_of(plain, rows);
  } else {
    fail("{}: holds no tokenizer; tokenizer.json or vocab.txt is read", folder.string());
  }
  const auto named = read_if_there(folder / "special_tokens_map.json");
  constexpr std::pair<const char*, const char*> kNames[] = {{"pad_token", "[PAD]"},
                                                            {"unk_token", "[UNK]"},
                                                            {"cls_token", "[CLS]"},
                                                            {"sep_token", "[SEP]"},
                                                            {"mask_token", "[MASK]"}};
  ForeignIds::Special special;
  for (std::size_t i = 0; i < special.size(); ++i) {
    const auto& [key, standard] = kNames[i];
    const auto name = token_text(facts, key).value_or(token_text(named, key).value_or(standard));
    const auto found = std::find(pieces.begin(), pieces.end(), name);
    special[i] = found == pieces.end() ? ForeignIds::kAbsent : found - pieces.begin();
    if (special[i] == ForeignIds::kAbsent && i != kMask) {
      fail("{}: lacks the special token {}; is it a BERT's?", file.string(), name);
    }
  }
  return std::make_shared<WordPieceTokenizer>(ForeignVocabulary{ForeignIds(special, rows), std::move(pieces)}, rules);
}

}  // namespace zoo
