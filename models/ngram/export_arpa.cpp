#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/interrupt.h"
#include "formats/arpa.h"
#include "models/ngram/arpa.h"

namespace zoo::ngram {

namespace {

/// The pieces, each fit to stand between spaces.
std::vector<std::string_view> words_of(const Tokenizer& tokenizer) {
  std::vector<std::string_view> words;
  for (std::int64_t id = 0; id < tokenizer.size(); ++id) {
    const auto piece = tokenizer.piece(static_cast<TokenId>(id));
    if (piece.empty() || piece.find_first_of(std::string_view(" \t\n\v\f\r\0", 7)) != piece.npos) {
      fail(
          "the tokenizer's piece {} ('{}') holds a gap or nothing, which an ARPA file cannot; train on words or "
          "subwords",
          id, piece == "\n" ? "\\n" : piece);
    }
    words.push_back(piece);
  }
  return words;
}

/// How many n-grams of each length begin with a word.
std::vector<std::uint64_t> sizes_below(const Counts& trie, TokenId word) {
  std::vector<std::uint64_t> sizes = {1};
  Node begin = word, end = word + 1;
  for (int length = 1; length < trie.order(); ++length) {
    const auto& first = trie.level(length).first_child;
    begin = first[static_cast<std::size_t>(begin)];
    end = first[static_cast<std::size_t>(end)];
    sizes.push_back(static_cast<std::uint64_t>(end - begin));
  }
  return sizes;
}

/// Writes the n-grams of one length after the other, each in the order of its words.
class Export {
 public:
  Export(const Counts& trie, const BackOffWeights& weights, const Tokenizer& tokenizer)
      : trie_(trie), weights_(weights), words_(words_of(tokenizer)) {
    for (int length = 1; length <= trie.order(); ++length) {
      counts_.push_back(static_cast<std::uint64_t>(trie.size(length)));
    }
    doubled_ = sizes_below(trie, kBegin);
    begin_is_free_ = doubled_.size() < 2 || doubled_[1] == 0;
    doubled_ = sizes_below(trie, kEnd);
    if (!begin_is_free_) return;
    for (std::size_t i = 1; i < counts_.size(); ++i) counts_[i] += doubled_[i];
  }

  const std::vector<std::uint64_t>& counts() const { return counts_; }

  void write(ArpaWriter& writer) {
    for (int length = 1; length <= trie_.order(); ++length) {
      writer.begin_section();
      for (TokenId word = 0; word < trie_.vocabulary(); ++word) {
        const bool as_line_end = word == kBegin && begin_is_free_;
        gram_.assign(1, words_[static_cast<std::size_t>(word)]);
        if (length == 1) {
          write_gram(writer, 1, word, as_line_end ? kEnd : word);
        } else {
          write_below(writer, 1, as_line_end ? kEnd : word, length);
        }
      }
    }
  }

 private:
  void write_below(ArpaWriter& writer, int length, Node node, int wanted) {
    if (interrupted()) throw Interrupted("interrupted; nothing was written");
    const auto [begin, end] = trie_.children(length, node);
    const auto& words = trie_.level(length + 1).words;
    for (Node child = begin; child < end; ++child) {
      gram_.push_back(words_[static_cast<std::size_t>(words[static_cast<std::size_t>(child)])]);
      if (length + 1 == wanted) {
        write_gram(writer, wanted, child, child);
      } else {
        write_below(writer, length + 1, child, wanted);
      }
      gram_.pop_back();
    }
  }

  /// `context`: whose back-off weight it has.
  void write_gram(ArpaWriter& writer, int length, Node node, Node context) {
    const auto level = static_cast<std::size_t>(length);
    const float probability = weights_.probabilities[level - 1][static_cast<std::size_t>(node)];
    std::optional<float> back_off;
    if (length < trie_.order()) back_off = log10_of(weights_.back_offs[level][static_cast<std::size_t>(context)]);
    writer.write(std::min(0.0F, log10_of(probability)), gram_, back_off);
  }

  static float log10_of(float value) {
    return value > 0 ? static_cast<float>(std::log10(static_cast<double>(value))) : -99.0F;
  }

  const Counts& trie_;
  const BackOffWeights& weights_;
  std::vector<std::string_view> words_, gram_;
  std::vector<std::uint64_t> counts_, doubled_;
  bool begin_is_free_ = true;  // nothing follows <s>, so that its place is free for what follows a line's end
};

}  // namespace

std::vector<std::uint64_t> write_arpa(Ngram& model, const Tokenizer& tokenizer, const std::filesystem::path& file) {
  const BackOff& back_off = model.back_off();
  Export to(model.trie(), back_off.weights(), tokenizer);
  ArpaWriter writer(file, to.counts());
  to.write(writer);
  writer.commit();
  return to.counts();
}

}  // namespace zoo::ngram
