// An ARPA file, its n-grams in any order, becomes a trie: level by level each n-gram looks for the node of its first
// words, then they are sorted by that node and their last word.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/utf8.h"
#include "formats/arpa.h"
#include "models/ngram/arpa.h"
#include "tokenizers/vocabulary.h"

namespace zoo::ngram {

namespace {

constexpr float kLeast = 1e-37F;  // 10^-37; below it float32 loses digits

float power_of_ten(double exponent) { return static_cast<float>(std::clamp(std::pow(10.0, exponent), 1e-37, 1e37)); }

struct Entry {
  Node parent;
  TokenId word;
  float probability, back_off;
  std::uint64_t line;  // shifted left by one; the lowest bit: it has a back-off weight
};

/// A node without a back-off weight, and the line that says so.
using Unweighted = std::pair<Node, std::uint64_t>;

class ArpaReader {
 public:
  ArpaReader(const std::filesystem::path& path, const Tokenizer* tokenizer) : file_(path), tokenizer_(tokenizer) {
    if (file_.order() > kMaxOrder) {
      fail("{}: has n-grams of up to {} words; this zoo reads {}", path.string(), file_.order(), kMaxOrder);
    }
    for (const auto count : file_.counts()) {
      if (count >= static_cast<std::uint64_t>(std::numeric_limits<Node>::max()) - kSpecialTokens) {
        fail("{}: announces {} n-grams of one length; this zoo reads up to 2^31", path.string(), count);
      }
    }
  }

  ArpaModel read() {
    read_words();
    for (int length = 2; length <= file_.order(); ++length) read_level(length);
    return std::move(model_);
  }

 private:
  /// The 1-grams: the vocabulary.
  void read_words() {
    for (const auto piece : kSpecialPieces) pieces_.insert(piece);
    std::int64_t size = tokenizer_ != nullptr ? tokenizer_->size() : kSpecialTokens;
    std::vector<float> probabilities(static_cast<std::size_t>(size), 0.0F), back_offs(probabilities.size(), 1.0F);
    unweighted_.clear();
    file_.read_section([&](const ArpaNgram& ngram) {
      const auto id = static_cast<std::size_t>(new_word(ngram));
      if (id >= probabilities.size()) {
        probabilities.push_back(0);
        back_offs.push_back(1);
      }
      if (probabilities[id] > 0) {
        file_.fail_at(ngram.line, fmt::format("'{}' stands among the 1-grams twice", ngram.words[0]));
      }
      probabilities[id] = power_of_ten(ngram.probability);
      if (ngram.back_off) back_offs[id] = power_of_ten(*ngram.back_off);
      if (!ngram.back_off) unweighted_.emplace_back(static_cast<Node>(id), ngram.line);
    });
    for (std::size_t id = 0; id < probabilities.size(); ++id) {
      const bool never = id == kPad || id == kBegin || id == kMask;  // they are not met in a text
      model_.without += probabilities[id] == 0 && !never;
      probabilities[id] = std::max(probabilities[id], kLeast);
    }
    if (probabilities.size() == kSpecialTokens) fail("{}: has no words beside special tokens", file_.path().string());
    model_.trie = Counts(file_.order(), std::ssize(probabilities));
    model_.trie.drop_counts();
    model_.weights.probabilities.push_back(std::move(probabilities));
    model_.weights.back_offs.push_back({1.0F});
    if (file_.order() > 1) model_.weights.back_offs.push_back(std::move(back_offs));
  }

  TokenId new_word(const ArpaNgram& ngram) {
    const auto word = spelling(ngram.words[0]);
    if (!is_utf8(word)) file_.fail_at(ngram.line, "the word is not UTF-8; convert the file");
    if (tokenizer_ != nullptr) {
      const auto id = tokenizer_->id(word);
      if (!id) file_.fail_at(ngram.line, fmt::format("'{}' is no piece of the tokenizer given", word));
      return *id;
    }
    const auto before = pieces_.size();
    const auto number = pieces_.insert(word);
    if (number >= before) model_.words.emplace_back(word);
    return static_cast<TokenId>(number);
  }

  static std::string_view spelling(std::string_view word) { return word == "<UNK>" ? "<unk>" : word; }

  TokenId known_word(const ArpaNgram& ngram, std::size_t place) const {
    const auto word = spelling(ngram.words[place]);
    if (tokenizer_ != nullptr) {
      if (const auto id = tokenizer_->id(word)) return *id;
    } else if (const auto number = pieces_.find(word); number != PieceTable::kNone) {
      return static_cast<TokenId>(number);
    }
    file_.fail_at(ngram.line, fmt::format("'{}' is not among the 1-grams", word));
  }

  void read_level(int length) {
    std::vector<Entry> entries;
    entries.reserve(file_.counts()[static_cast<std::size_t>(length) - 1]);  // no more than the file has room for
    const bool back_offs = length < file_.order();
    file_.read_section([&](const ArpaNgram& ngram) {
      if (interrupted()) throw Interrupted("interrupted; nothing was written");
      Entry entry{};
      entry.parent = parent_of(ngram, length);
      entry.word = known_word(ngram, ngram.words.size() - 1);
      entry.probability = power_of_ten(ngram.probability);
      entry.back_off = ngram.back_off ? power_of_ten(*ngram.back_off) : 1.0F;
      entry.line = ngram.line << 1 | static_cast<std::uint64_t>(ngram.back_off.has_value());
      entries.push_back(entry);
    });
    if (length == 2) find_line_begins(entries);
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.parent != b.parent ? a.parent < b.parent : a.word != b.word ? a.word < b.word : a.line < b.line;
    });
    add_level(length, entries, back_offs);
  }

  /// The node of the first length − 1 words.
  Node parent_of(const ArpaNgram& ngram, int length) const {
    Node node = 0;
    for (int i = 0; i + 1 < length; ++i) {
      TokenId word = known_word(ngram, static_cast<std::size_t>(i));
      if (i == 0 && word == kBegin && model_.sentences) word = kEnd;
      node = model_.trie.child(i, node, word);
      if (node == kNone) {
        file_.fail_at(ngram.line, fmt::format("its first {} words are no {}-gram of the file", i + 1, i + 1));
      }
    }
    return node;
  }

  /// Judges by the bigrams whether anything goes on after </s>; if not, what follows <s> is what follows a line's end.
  void find_line_begins(std::vector<Entry>& entries) {
    model_.sentences = std::none_of(entries.begin(), entries.end(), [](const Entry& e) { return e.parent == kEnd; });
    if (!model_.sentences) return;
    for (auto& entry : entries) {
      if (entry.parent == kBegin) entry.parent = kEnd;
    }
    auto& back_offs = model_.weights.back_offs[1];
    back_offs[kEnd] = back_offs[kBegin];
    std::erase_if(unweighted_, [](const Unweighted& node) { return node.first == kEnd; });
    for (auto& node : unweighted_) {
      if (node.first == kBegin) node.first = kEnd;
    }
  }

  void add_level(int length, const std::vector<Entry>& entries, bool back_offs) {
    Level& level = model_.trie.level(length);
    auto& first_child = model_.trie.level(length - 1).first_child;
    const auto parents = static_cast<std::size_t>(model_.trie.size(length - 1));
    first_child.assign(parents + 1, 0);
    level.words.reserve(entries.size());
    auto& probabilities = model_.weights.probabilities.emplace_back();
    probabilities.reserve(entries.size());
    if (back_offs) model_.weights.back_offs.emplace_back().reserve(entries.size());
    std::vector<Unweighted> unweighted;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const Entry& entry = entries[i];
      if (i > 0 && entry.parent == entries[i - 1].parent && entry.word == entries[i - 1].word) {
        file_.fail_at(entry.line >> 1,
                      fmt::format("this {}-gram stands in line {} already", length, entries[i - 1].line >> 1));
      }
      ++first_child[static_cast<std::size_t>(entry.parent) + 1];
      level.words.push_back(entry.word);
      probabilities.push_back(entry.probability);
      if (!back_offs) continue;
      model_.weights.back_offs.back().push_back(entry.back_off);
      if ((entry.line & 1) == 0) unweighted.emplace_back(static_cast<Node>(i), entry.line >> 1);
    }
    for (std::size_t parent = 0; parent < parents; ++parent) first_child[parent + 1] += first_child[parent];
    for (const auto& [node, line] : unweighted_) {
      const auto [begin, end] = model_.trie.children(length - 1, node);
      if (begin != end) {
        file_.fail_at(line, fmt::format("the back-off weight is missing, though {}-grams go on from here", length));
      }
    }
    if (back_offs) level.first_child.assign(entries.size() + 1, 0);
    unweighted_ = std::move(unweighted);
  }

  ArpaFile file_;
  const Tokenizer* tokenizer_;
  PieceTable pieces_;
  ArpaModel model_;
  std::vector<Unweighted> unweighted_;  // of the level last read
};

}  // namespace

ArpaModel read_arpa(const std::filesystem::path& file, const Tokenizer* tokenizer) {
  return ArpaReader(file, tokenizer).read();
}

}  // namespace zoo::ngram
