// vocab.json and merges.txt, or tokenizer.json with a model of type BPE over bytes.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "tokenizers/byte_bpe_tokenizer.h"
#include "tokenizers/huggingface_parts.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using Merges = ByteBpeTokenizer::Merges;

std::pair<std::string, std::string> merge_of(const std::string& text, const fs::path& file) {
  const auto space = text.find(' ');
  if (space == 0 || space == std::string::npos || space + 1 == text.size() ||
      text.find(' ', space + 1) != std::string::npos) {
    fail("{}: the merge '{}' is no pair of pieces", file.string(), text);
  }
  return {text.substr(0, space), text.substr(space + 1)};
}

Merges merges_of_text(const fs::path& file) {
  const auto text = read_file(file, std::uint64_t{1} << 28);
  Merges merges;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    const bool first = begin == 0;
    begin = end + 1;
    if (line.empty() || (first && line.starts_with("#version"))) continue;
    merges.push_back(merge_of(line, file));
  }
  return merges;
}

/// The rule of a pre-tokenizer, and its prefix space.
void read_split(const PlainJson& step, ByteBpeTokenizer::Rules& rules, bool& bytes, const fs::path& file) {
  const auto type = token_text(step, "type").value_or("none");
  if (type == "Sequence") {
    for (const auto& part : step.value("pretokenizers", PlainJson::array())) read_split(part, rules, bytes, file);
    return;
  }
  if (type == "ByteLevel") {
    bytes = true;
    rules.add_prefix_space = truth(step, "add_prefix_space", false, file);
    return;
  }
  const auto pattern = step.is_object() ? token_text(step.value("pattern", PlainJson()), "Regex") : std::nullopt;
  if (type == "Split" && pattern && token_text(step, "behavior") == "Isolated") {
    for (const auto rule : {ByteBpeRule::gpt2, ByteBpeRule::llama3, ByteBpeRule::qwen2}) {
      if (*pattern == byte_bpe_pattern(rule)) {
        rules.split = rule;
        return;
      }
    }
    fail("{}: cuts text by the pattern {}, which is not read here; those of GPT-2, Llama 3 and Qwen 2 are",
         file.string(), *pattern);
  }
  fail("{}: pre_tokenizer {} is not read here; ByteLevel, alone or behind a Split, is", file.string(), type);
}

std::shared_ptr<const ImportedTokenizer> from_json(const fs::path& file, std::int64_t rows,
                                                   const ForeignIds::Special& special) {
  const auto whole = read_plain_json(file);
  const auto model = whole.is_object() ? whole.value("model", PlainJson()) : PlainJson();
  const auto type = token_text(model, "type").value_or(model.contains("merges") ? "BPE" : "none");
  if (type != "BPE") {
    fail("{}: a tokenizer of the type {} is not read here for this model; BPE over bytes is", file.string(), type);
  }
  if (truth(model, "byte_fallback", false, file)) {
    fail("{}: is a SentencePiece model in another form; put its tokenizer.model beside it", file.string());
  }
  for (const auto* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!token_text(model, key).value_or("").empty()) {
      fail("{}: {} '{}' is not read here", file.string(), key, *token_text(model, key));
    }
  }
  ByteBpeTokenizer::Rules rules;
  bool bytes = false;
  read_split(whole.value("pre_tokenizer", PlainJson()), rules, bytes, file);
  if (!bytes)
    fail("{}: its pre_tokenizer makes no bytes of the text (no ByteLevel); that is not read here", file.string());
  const auto normalizer = whole.value("normalizer", PlainJson());
  if (!normalizer.is_null()) {
    if (token_text(normalizer, "type") != "NFC") {
      fail("{}: normalizer {} is not read here; none or NFC is", file.string(),
           token_text(normalizer, "type").value_or("?"));
    }
    rules.nfc = true;
  }
  rules.whole_words = truth(model, "ignore_merges", false, file);
  Merges merges;
  for (const auto& item : model.value("merges", PlainJson::array())) {
    if (item.is_string()) {
      merges.push_back(merge_of(item.get<std::string>(), file));
    } else if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
      merges.emplace_back(item[0].get<std::string>(), item[1].get<std::string>());
    } else {
      fail("{}: the merge {} is no pair of pieces", file.string(), item.dump());
    }
  }
  auto pieces =
      pieces_by_id(model.value("vocab", PlainJson()), whole.value("added_tokens", PlainJson::array()), rows, file);
  return std::make_shared<ByteBpeTokenizer>(ForeignVocabulary{ForeignIds(special, rows), std::move(pieces)},
                                            std::move(merges), rules);
}

}  // namespace

std::shared_ptr<const ImportedTokenizer> read_byte_bpe(const fs::path& folder, std::int64_t rows,
                                                       const ForeignIds::Special& special) {
  const auto whole = folder / "tokenizer.json", vocabulary = folder / "vocab.json", merges = folder / "merges.txt";
  if (is_there(whole)) return from_json(whole, rows, special);
  if (!is_there(vocabulary) || !is_there(merges)) {
    fail("{}: holds no tokenizer; tokenizer.json, or vocab.json and merges.txt, are read", folder.string());
  }
  ByteBpeTokenizer::Rules rules;
  const auto config = folder / "tokenizer_config.json";
  rules.add_prefix_space = truth(read_if_there(config), "add_prefix_space", false, config);
  auto added = PlainJson::array();
  const auto further = read_if_there(folder / "added_tokens.json");
  for (const auto& [piece, id] : further.items()) {
    added.push_back({{"content", piece}, {"id", id}});
  }
  auto pieces = pieces_by_id(read_plain_json(vocabulary), added, rows, vocabulary);
  return std::make_shared<ByteBpeTokenizer>(ForeignVocabulary{ForeignIds(special, rows), std::move(pieces)},
                                            merges_of_text(merges), rules);
}

}  // namespace zoo
