// A slice of the text, counted: its n-grams are sorted by their words, each thread those of its own first words; then
// the sorted n-grams are walked along twice, once to see how much room each level takes and once to fill it.
#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "models/ngram/counts.h"

namespace zoo::ngram {

namespace {

/// Where an n-gram of the slice starts, with its second and third word up front: most comparisons end there.
struct Start {
  std::uint64_t next_two;
  std::uint32_t place;
};

/// The n-grams of a slice and the room that a thread's share of them takes.
class Slice {
 public:
  Slice(std::span<const TokenId> ids, std::int64_t begin, std::int64_t end, int order, std::int64_t vocabulary,
        int threads)
      : begin_(begin), order_(order), threads_(threads), vocabulary_(static_cast<std::size_t>(vocabulary)) {
    const auto room = static_cast<std::size_t>(end - begin) + 2 * static_cast<std::size_t>(order) + 2;
    if (room >= std::size_t{1} << 32) fail("n-gram: a slice of {} tokens is too long to be counted", end - begin);
    text_.reserve(room);
    for (std::int64_t i = begin - (order - 1); i < end; ++i) {
      const TokenId id = i < 0 ? kEnd : ids[static_cast<std::size_t>(i)];
      if (id < 0 || id >= vocabulary)
        fail("n-gram: id {} at token {} is outside the vocabulary of {}", id, i, vocabulary);
      text_.push_back(id);
    }
    starts_.resize(text_.size());
    shared_.resize(text_.size());
    text_.insert(text_.end(), static_cast<std::size_t>(order) + 2, -1);  // before every word in the order of n-grams
    sort();
  }

  Counts count(const HeldOutBlocks& held_out) {
    std::vector<std::vector<std::size_t>> sizes(static_cast<std::size_t>(threads_));
    run_on_threads(threads_, [&](int thread) { sizes[static_cast<std::size_t>(thread)] = measure(thread); });
    Counts counts(order_, static_cast<std::int64_t>(vocabulary_));
    if (held_out.every == 0) counts.drop_held_out();
    std::vector<std::vector<std::size_t>> places(1, std::vector<std::size_t>(static_cast<std::size_t>(order_) + 2));
    for (const auto& size : sizes) {  // where each thread's n-grams of each length begin
      places.push_back(places.back());
      for (std::size_t length = 2; length <= static_cast<std::size_t>(order_); ++length) {
        places.back()[length] += size[length];
      }
    }
    for (int length = 2; length <= order_; ++length) {
      Level& level = counts.level(length);
      const auto nodes = places.back()[static_cast<std::size_t>(length)];
      level.words.resize(nodes);
      level.counts.resize(nodes);
      if (held_out.every > 0) level.held_out.resize(nodes);
      if (length < order_) level.first_child.resize(nodes + 1);
      counts.level(length - 1).first_child.back() = static_cast<Node>(nodes);
    }
    run_on_threads(threads_,
                   [&](int thread) { fill(counts, held_out, places[static_cast<std::size_t>(thread)], thread); });
    return counts;
  }

 private:
  void sort() {
    std::vector<std::size_t> ends(vocabulary_ + 1);  // by first word: where its n-grams begin, and then end
    for (std::size_t i = 0; i < starts_.size(); ++i) ++ends[static_cast<std::size_t>(text_[i]) + 1];
    for (std::size_t word = 0; word < vocabulary_; ++word) ends[word + 1] += ends[word];
    words_ = {0};
    places_ = {0};
    for (int thread = 1; thread <= threads_; ++thread) {
      const auto wanted = starts_.size() * static_cast<std::size_t>(thread) / static_cast<std::size_t>(threads_);
      const auto word = static_cast<std::size_t>(std::lower_bound(ends.begin(), ends.end(), wanted) - ends.begin());
      words_.push_back(thread == threads_ ? vocabulary_ : word);
      places_.push_back(ends[words_.back()]);
    }
    ends.pop_back();  // from here on the place of the first word's next n-gram; a thread touches its own words alone
    run_on_threads(threads_, [&](int thread) { sort_share(static_cast<std::size_t>(thread), ends); });
  }

  void sort_share(std::size_t share, std::vector<std::size_t>& next) {
    for (std::size_t i = 0; i < starts_.size(); ++i) {
      const auto word = static_cast<std::size_t>(text_[i]);
      if (word < words_[share] || word >= words_[share + 1]) continue;
      starts_[next[word]++] = {
          static_cast<std::uint64_t>(text_[i + 1] + 1) << 32 | static_cast<std::uint32_t>(text_[i + 2] + 1),
          static_cast<std::uint32_t>(i)};
    }
    const auto before = [&](const Start& a, const Start& b) {
      if (a.next_two != b.next_two) return a.next_two < b.next_two;
      for (int i = 3; i < order_; ++i) {
        const TokenId x = text_[a.place + static_cast<std::size_t>(i)];
        const TokenId y = text_[b.place + static_cast<std::size_t>(i)];
        if (x != y) return x < y;
      }
      return false;
    };
    for (auto begin = places_[share]; begin < places_[share + 1];) {
      const auto end = next[static_cast<std::size_t>(first_word(begin))];
      std::sort(starts_.begin() + static_cast<std::ptrdiff_t>(begin),
                starts_.begin() + static_cast<std::ptrdiff_t>(end), before);
      begin = end;
    }
  }

  TokenId first_word(std::size_t start) const { return text_[starts_[start].place]; }

  /// How many n-grams of each length begin a new node. Notes how many words each has in common with that before it.
  std::vector<std::size_t> measure(int thread) {
    std::vector<std::size_t> sizes(static_cast<std::size_t>(order_) + 2);
    const TokenId* previous = nullptr;
    for (auto i = places_[static_cast<std::size_t>(thread)]; i < places_[static_cast<std::size_t>(thread) + 1]; ++i) {
      const TokenId* words = &text_[starts_[i].place];
      int shared = 0;
      while (previous && shared < order_ && words[shared] == previous[shared] && words[shared] >= 0) ++shared;
      shared_[i] = static_cast<std::uint8_t>(shared);
      for (int length = std::max(1, shared) + 1; length <= order_ && words[length - 1] >= 0; ++length) {
        ++sizes[static_cast<std::size_t>(length)];
      }
      previous = words;
    }
    return sizes;
  }

  /// `next`: by length, where the next new node goes.
  void fill(Counts& counts, const HeldOutBlocks& held_out, std::vector<std::size_t> next, int thread) const {
    const auto share = static_cast<std::size_t>(thread);
    auto opened = words_[share];  // words of level 1 up to here know where their continuations begin
    const auto open_words_up_to = [&](std::size_t word) {
      if (order_ == 1) return;
      for (; opened < word; ++opened) counts.level(1).first_child[opened] = static_cast<Node>(next[2]);
    };
    for (auto i = places_[share]; i < places_[share + 1]; ++i) {
      const TokenId* words = &text_[starts_[i].place];
      open_words_up_to(static_cast<std::size_t>(words[0]) + 1);
      for (int length = 1; length <= order_ && words[length - 1] >= 0; ++length) {
        Level& level = counts.level(length);
        auto& place = next[static_cast<std::size_t>(length)];
        if (length > 1 && length > shared_[i]) {
          level.words[place] = words[length - 1];
          if (length < order_) level.first_child[place] = static_cast<Node>(next[static_cast<std::size_t>(length) + 1]);
          ++place;
        }
        const std::int64_t last = static_cast<std::int64_t>(starts_[i].place) + length - order_;  // in the slice
        if (last < 0) continue;  // ends before the slice: only opens others
        const auto node = length == 1 ? static_cast<std::size_t>(words[0]) : place - 1;
        ++level.counts[node];
        if (held_out.every > 0) level.held_out[node] += held_out.holds(begin_ + last);
      }
    }
    open_words_up_to(words_[share + 1]);
  }

  std::int64_t begin_;
  int order_, threads_;
  std::size_t vocabulary_;
  std::vector<TokenId> text_;  // with the order − 1 tokens before the slice (kEnd before the text), −1 behind it
  std::vector<Start> starts_;  // sorted
  std::vector<std::uint8_t> shared_;  // leading words in common with the n-gram before
  std::vector<std::size_t> words_;    // [threads + 1] first words of each thread
  std::vector<std::size_t> places_;   // [threads + 1] the same among the starts
};

}  // namespace

Counts Counts::of_slice(std::span<const TokenId> ids, std::int64_t begin, std::int64_t end, int order,
                        std::int64_t vocabulary, const HeldOutBlocks& held_out, int threads) {
  return Slice(ids, begin, end, order, vocabulary, std::max(1, threads)).count(held_out);
}

}  // namespace zoo::ngram
