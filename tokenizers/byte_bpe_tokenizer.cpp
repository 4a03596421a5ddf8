#include "tokenizers/byte_bpe_tokenizer.h"

#include <atomic>
#include <queue>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "tokenizers/plain_json.h"
#include "tokenizers/unicode.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_cache.h"

namespace zoo {
namespace {

constexpr std::pair<ByteBpeRule, std::string_view> kRuleNames[] = {
    {ByteBpeRule::gpt2, "gpt2"}, {ByteBpeRule::llama3, "llama3"}, {ByteBpeRule::qwen2, "qwen2"}};

std::uint64_t pair_of(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

std::uint64_t next_owner() {
  static std::atomic<std::uint64_t> owners = std::uint64_t{1} << 62;  // apart from those of SentencePiece tokenizers
  return ++owners;
}

}  // namespace

const std::array<std::string, 256>& byte_characters() {
  static const auto table = [] {
    std::array<std::string, 256> characters;
    char32_t further = 256;
    for (char32_t byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
      append_utf8(characters[byte], printable ? byte : further++);
    }
    return characters;
  }();
  return table;
}

std::optional<std::string> bytes_of_piece(std::string_view piece) {
  static const auto table = [] {
    std::unordered_map<char32_t, char> bytes;
    for (int byte = 0; byte < 256; ++byte) {
      const auto& character = byte_characters()[static_cast<std::size_t>(byte)];
      const char* at = character.data();
      bytes[next_code_point(at, at + character.size())] = static_cast<char>(byte);
    }
    return bytes;
  }();
  std::string bytes;
  const char* end = piece.data() + piece.size();
  for (const char* at = piece.data(); at < end;) {
    const auto found = table.find(next_code_point(at, end));
    if (found == table.end()) return std::nullopt;
    bytes += found->second;
  }
  return bytes;
}

ByteBpeTokenizer::ByteBpeTokenizer(ForeignVocabulary vocabulary, Merges merges, const Rules& rules)
    : ImportedTokenizer(std::move(vocabulary)), rules_(rules), merges_(std::move(merges)), cache_owner_(next_owner()) {
  std::unordered_map<std::string_view, TokenId> pieces;
  for (std::int64_t id = 0; id < std::ssize(foreign_pieces()); ++id) {
    const auto& piece = foreign_pieces()[static_cast<std::size_t>(id)];
    if (!piece.empty()) pieces.emplace(piece, own(id));
  }
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const auto found = pieces.find(byte_characters()[byte]);
    bytes_[byte] = found == pieces.end() ? kUnknown : found->second;
  }
  std::uint32_t rank = 0;
  for (const auto& [left, right] : merges_) {
    const auto joined = left + right;
    for (const auto& piece : {left, right, joined}) {
      if (!pieces.contains(piece)) {
        fail("merge {}, '{} {}': '{}' is no piece of the vocabulary; are both of one tokenizer?", rank + 1, left, right,
             piece);
      }
    }
    joins_.emplace(pair_of(pieces.at(left), pieces.at(right)), Merge{rank++, pieces.at(joined)});
  }
  if (rules_.whole_words) {
    for (const auto& [piece, id] : pieces) {
      if (id < kSpecialTokens) continue;
      if (auto bytes = bytes_of_piece(piece)) words_.emplace(std::move(*bytes), id);
    }
  }
  std::string all;
  for (const auto& [left, right] : merges_) all += left + " " + right + "\n";
  seal(all);
}

void ByteBpeTokenizer::encode(std::string_view line, std::vector<TokenId>& ids) const {
  const auto text = normalise(line);
  auto& cache = WordCache::of_thread(cache_owner_);
  constexpr std::size_t kLongestCached = 100;
  split_for_byte_bpe(text, rules_.split, [&](std::string_view word) {
    if (word.size() > kLongestCached) return encode_word(word, ids);
    const auto* entry = cache.find(word);
    if (entry == nullptr) {
      std::vector<TokenId> pieces;
      encode_word(word, pieces);
      entry = &cache.insert(word, pieces, 0, 0);
    }
    const auto pieces = cache.ids(*entry);
    ids.insert(ids.end(), pieces.begin(), pieces.end());
  });
}

/// Of all neighbours the pair with the lowest rank is joined, the leftmost first, until no pair can be.
void ByteBpeTokenizer::encode_word(std::string_view word, std::vector<TokenId>& ids) const {
  if (rules_.whole_words) {
    if (const auto found = words_.find(std::string(word)); found != words_.end()) return ids.push_back(found->second);
  }
  struct Symbol {
    TokenId id;
    std::ptrdiff_t before, after;  ///< neighbours; -1: none
  };
  std::vector<Symbol> symbols;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const auto place = static_cast<std::ptrdiff_t>(i);
    symbols.push_back({bytes_[static_cast<unsigned char>(word[i])], place - 1, i + 1 < word.size() ? place + 1 : -1});
  }
  struct Candidate {
    std::uint32_t rank;
    std::ptrdiff_t left, right;
    TokenId left_id, right_id, joined;
    bool operator<(const Candidate& other) const {  // the queue gives the largest
      return rank != other.rank ? rank > other.rank : left > other.left;
    }
  };
  std::priority_queue<Candidate> queue;
  const auto consider = [&](std::ptrdiff_t left, std::ptrdiff_t right) {
    if (left < 0 || right < 0) return;
    const auto a = symbols[static_cast<std::size_t>(left)].id, b = symbols[static_cast<std::size_t>(right)].id;
    const auto found = joins_.find(pair_of(a, b));
    if (found != joins_.end()) queue.push({found->second.rank, left, right, a, b, found->second.joined});
  };
  for (std::ptrdiff_t i = 0; i + 1 < std::ssize(symbols); ++i) consider(i, i + 1);
  constexpr TokenId kGone = -1;
  while (!queue.empty()) {
    const auto best = queue.top();
    queue.pop();
    auto& left = symbols[static_cast<std::size_t>(best.left)];
    auto& right = symbols[static_cast<std::size_t>(best.right)];
    if (left.id != best.left_id || right.id != best.right_id || left.after != best.right) continue;  // joined since
    left.id = best.joined;
    left.after = right.after;
    right.id = kGone;
    if (right.after >= 0) symbols[static_cast<std::size_t>(right.after)].before = best.left;
    consider(left.before, best.left);
    consider(best.left, left.after);
  }
  for (const auto& symbol : symbols) {
    if (symbol.id != kGone) ids.push_back(symbol.id);
  }
}

std::string ByteBpeTokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const auto id : ids) {
    const auto written = piece(id);
    if (id < kSpecialTokens && id != kUnknown) continue;
    const auto bytes = id == kUnknown ? std::nullopt : bytes_of_piece(written);
    text += bytes ? *bytes : std::string(written);
  }
  return is_utf8(text) ? text : replace_invalid_utf8(text);
}

std::string ByteBpeTokenizer::normalise(std::string_view line) const {
  std::string text = is_utf8(line) ? std::string(line) : replace_invalid_utf8(line);
  if (rules_.nfc) {
    std::string scratch;
    text = std::string(normalise_nfc(text, false, scratch));
  }
  if (rules_.add_prefix_space && !text.empty() && text[0] != ' ') text = fmt::format(" {}", text);
  return text;
}

Json ByteBpeTokenizer::rules() const {
  Json merges = Json::array();
  for (const auto& [left, right] : merges_) merges.push_back(left + " " + right);  // no piece holds a space
  std::string_view split;
  for (const auto& [rule, name] : kRuleNames) {
    if (rule == rules_.split) split = name;
  }
  return {{"split", split},
          {"add_prefix_space", rules_.add_prefix_space},
          {"nfc", rules_.nfc},
          {"whole_words", rules_.whole_words},
          {"merges", merges}};
}

std::shared_ptr<const Tokenizer> ByteBpeTokenizer::load(const std::filesystem::path& folder) {
  auto saved = read_imported(folder);
  const auto file = (folder / kImportedFile).string();
  Rules rules;
  Merges merges;
  try {
    const auto split = saved.rules.at("split").get<std::string>();
    bool known = false;
    for (const auto& [rule, name] : kRuleNames) {
      if (name == split) rules.split = rule, known = true;
    }
    if (!known) fail("{}: split: '{}' is not known here", file, split);
    rules.add_prefix_space = saved.rules.at("add_prefix_space").get<bool>();
    rules.nfc = saved.rules.at("nfc").get<bool>();
    rules.whole_words = saved.rules.at("whole_words").get<bool>();
    for (const auto& item : saved.rules.at("merges")) {
      const auto text = item.get<std::string>();
      const auto space = text.find(' ');
      if (space == std::string::npos) fail("{}: the merge '{}' is no pair; import the model anew", file, text);
      merges.emplace_back(text.substr(0, space), text.substr(space + 1));
    }
  } catch (const Json::exception& error) {
    fail("{}: is damaged: {}; import the model anew", file, error.what());
  }
  return std::make_shared<ByteBpeTokenizer>(std::move(saved.vocabulary), std::move(merges), rules);
}

void ByteBpeTokenizer::export_files(const std::filesystem::path& folder) const {
  PlainJson vocabulary = PlainJson::object(), added = PlainJson::array(), merges = PlainJson::array();
  std::string lines = "#version: 0.2\n";
  for (const auto& [left, right] : merges_) {
    lines += left + " " + right + "\n";
    merges.push_back({left, right});
  }
  for (std::int64_t id = 0; id < std::ssize(foreign_pieces()); ++id) {
    const auto& piece = foreign_pieces()[static_cast<std::size_t>(id)];
    if (piece.empty()) continue;
    vocabulary[piece] = id;
    if (own(id) >= kSpecialTokens && bytes_of_piece(piece)) continue;
    added.push_back({{"id", id},
                     {"content", piece},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  write_plain_json(folder / "vocab.json", vocabulary);
  write_file_atomically(folder / "merges.txt", lines);
  const PlainJson bytes = {{"type", "ByteLevel"},
                           {"add_prefix_space", rules_.add_prefix_space},
                           {"trim_offsets", true},
                           {"use_regex", rules_.split == ByteBpeRule::gpt2}};
  PlainJson cut = bytes;
  if (rules_.split != ByteBpeRule::gpt2) {
    const PlainJson split = {{"type", "Split"},
                             {"pattern", {{"Regex", byte_bpe_pattern(rules_.split)}}},
                             {"behavior", "Isolated"},
                             {"invert", false}};
    cut = {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}};
  }
  PlainJson after = bytes;
  if (const auto begin = special_name(kBegin); !begin.empty()) {  // texts are opened by it
    const PlainJson mark = {{"SpecialToken", {{"id", begin}, {"type_id", 0}}}};
    const PlainJson text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}},
                    second = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
    const PlainJson facts = {{"id", begin}, {"ids", {foreign_ids().foreign(kBegin)}}, {"tokens", {begin}}};
    PlainJson known = PlainJson::object();
    known[begin] = facts;
    const PlainJson opened = {{"type", "TemplateProcessing"},
                              {"single", PlainJson::array({mark, text})},
                              {"pair", PlainJson::array({mark, text, mark, second})},
                              {"special_tokens", known}};
    after = {{"type", "Sequence"}, {"processors", PlainJson::array({bytes, opened})}};
  }
  write_plain_json(folder / "tokenizer.json", {{"version", "1.0"},
                                               {"truncation", nullptr},
                                               {"padding", nullptr},
                                               {"added_tokens", added},
                                               {"normalizer", rules_.nfc ? PlainJson{{"type", "NFC"}} : PlainJson()},
                                               {"pre_tokenizer", cut},
                                               {"post_processor", after},
                                               {"decoder", bytes},
                                               {"model",
                                                {{"type", "BPE"},
                                                 {"dropout", nullptr},
                                                 {"unk_token", nullptr},
                                                 {"continuing_subword_prefix", nullptr},
                                                 {"end_of_word_suffix", nullptr},
                                                 {"fuse_unk", false},
                                                 {"byte_fallback", false},
                                                 {"ignore_merges", rules_.whole_words},
                                                 {"vocab", vocabulary},
                                                 {"merges", merges}}}});
}

}  // namespace zoo
