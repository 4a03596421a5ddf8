#include "models/word2vec/windows.h"

#include <algorithm>

#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {
namespace {

/// Streams of the seed: 0 starts the weights, block + 1 makes windows, 2^64 − 1 − block noise, and from here on dither.
constexpr std::uint64_t kDitherStream = std::uint64_t{1} << 63;

}  // namespace

WindowSampler::WindowSampler(const Corpus& corpus, const Tables& tables, const Word2VecOptions& options,
                             std::uint64_t seed)
    : corpus_(corpus),
      tables_(tables),
      seed_(seed),
      cbow_(options.cbow()),
      hierarchical_(options.hierarchical()),
      exact_(options.mode == "exact"),
      from_word_(!options.cbow() && options.subwords().any()),
      window_(options.window),
      negative_(options.negative),
      epochs_(options.epochs),
      blocks_per_epoch_((corpus.size() + kBlock - 1) / kBlock),
      start_rate_(options.start_rate()) {}

/// The first line that starts in the block's 2,048 tokens; within a line longer than that, the block's own start.
std::int64_t WindowSampler::start_of(std::int64_t block) const {
  if (block >= blocks_per_epoch_) return corpus_.size();
  const auto place = static_cast<std::uint64_t>(block * kBlock);
  const auto line = *std::lower_bound(corpus_.lines().begin(), corpus_.lines().end(), place);
  return static_cast<std::int64_t>(line < place + kBlock ? line : place);
}

std::int64_t WindowSampler::tokens_before(std::int64_t block) const {
  return block / blocks_per_epoch_ * corpus_.size() + start_of(block % blocks_per_epoch_);
}

float WindowSampler::rate_after(std::int64_t tokens) const {
  const double done = static_cast<double>(tokens) / (static_cast<double>(epochs_ * corpus_.size()) + 1);
  return static_cast<float>(start_rate_ * std::max(1e-4, 1 - done));
}

void WindowSampler::make(std::int64_t block, WindowList& list) const {
  list.windows.clear();
  list.ids.clear();
  list.pairs = 0;
  Random random(seed_, static_cast<std::uint64_t>(block) + 1);
  list.noise.start(tables_.noise, Random(seed_, ~static_cast<std::uint64_t>(block)), exact_ ? 1 : kNoiseUses);
  list.dither = Random(seed_, kDitherStream + static_cast<std::uint64_t>(block)).bits();
  const auto before = block / blocks_per_epoch_ * corpus_.size();
  const auto in_epoch = block % blocks_per_epoch_;
  const auto* ids = corpus_.ids().data();
  auto place = start_of(in_epoch);
  const auto end = start_of(in_epoch + 1);
  auto line = std::upper_bound(corpus_.lines().begin(), corpus_.lines().end(), static_cast<std::uint64_t>(place));
  while (place < end) {
    const auto rate = rate_after(before + place);
    while (static_cast<std::int64_t>(*line) <= place) ++line;  // to the first that starts later
    const auto stop = std::min(end, static_cast<std::int64_t>(*line));
    list.sentence.clear();
    while (place < stop && list.sentence.size() < kSentence) {
      const auto id = ids[place++];
      if (tables_.subsampling.keep(id, random)) list.sentence.push_back(id);
    }
    add_sentence(random, rate, list);
  }
}

void WindowSampler::add_sentence(Random& random, float rate, WindowList& list) const {
  const auto words = list.sentence.size();
  for (std::size_t middle = 0; middle < words; ++middle) {
    const auto width = static_cast<std::size_t>(1 + random.below(static_cast<std::uint64_t>(window_)));
    const auto from = middle > width ? middle - width : 0, to = std::min(words, middle + width + 1);
    if (to - from == 1) continue;
    if (from_word_) {
      add_word(middle, from, to, rate, list);
    } else if (!exact_ || cbow_) {
      add(middle, from, to, rate, list);
    } else {
      for (auto place = from; place < to; ++place) {
        if (place != middle) add(middle, place, place + 1, rate, list);
      }
    }
  }
}

/// One window: the words [from, to) but the middle one are its inputs.
void WindowSampler::add(std::size_t middle, std::size_t from, std::size_t to, float rate, WindowList& list) const {
  Window window = {static_cast<std::uint32_t>(list.ids.size()), 0, 0, rate, false};
  for (auto place = from; place < to; ++place) {
    if (place != middle) list.ids.push_back(list.sentence[place]);
  }
  window.inputs = static_cast<std::uint16_t>(list.ids.size() - window.first);
  add_outputs(list.sentence[middle], window, list);
  if (window.outputs == 0) {  // the only word of a vocabulary has an empty path
    list.ids.resize(window.first);
    return;
  }
  list.windows.push_back(window);
  list.pairs += cbow_ ? 1 : window.inputs;
}

/// Skip-gram with n-grams: the word in the middle against its neighbours. As many of them at once as there is room for;
/// one by one in exact mode, and where outputs are paths, which all share the root.
void WindowSampler::add_word(std::size_t middle, std::size_t from, std::size_t to, float rate, WindowList& list) const {
  TokenId neighbours[kMaxOutputs];
  const bool one_by_one = exact_ || hierarchical_;
  const auto most = one_by_one ? 1 : static_cast<std::size_t>(std::max<std::int64_t>(1, kMaxOutputs / (1 + negative_)));
  std::size_t count = 0;
  for (auto place = from; place < to; ++place) {
    if (place != middle) neighbours[count++] = list.sentence[place];
    if (count == 0 || (count < most && place + 1 < to)) continue;
    Window window = {static_cast<std::uint32_t>(list.ids.size()), 1, 0, rate, false};
    list.ids.push_back(list.sentence[middle]);
    if (one_by_one) {
      add_outputs(neighbours[0], window, list);
    } else {
      add_neighbours({neighbours, count}, window, list);
    }
    if (window.outputs == 0) {
      list.ids.resize(window.first);
    } else {
      list.windows.push_back(window);
      list.pairs += static_cast<std::int64_t>(count);
    }
    count = 0;
  }
}

/// Several true words and K noise words for each. A noise word that is one of the true ones, or was drawn before, is
/// dropped.
void WindowSampler::add_neighbours(std::span<const TokenId> neighbours, Window& window, WindowList& list) const {
  const auto first = list.ids.size();
  const auto vocabulary = tables_.noise.probabilities().size();
  if (list.seen.size() < vocabulary) list.seen.resize(vocabulary, 0U);
  if (++list.seen_in == 0) {  // after 2^32 windows
    std::fill(list.seen.begin(), list.seen.end(), 0U);
    list.seen_in = 1;
  }
  const auto seen_before = [&](TokenId word) {
    auto& last = list.seen[static_cast<std::size_t>(word)];
    const bool before = last == list.seen_in;
    last = list.seen_in;
    return before;
  };
  for (const auto neighbour : neighbours) {
    window.repeats |= seen_before(neighbour);
    list.ids.push_back(2 * neighbour + 1);
  }
  const auto draws = static_cast<std::int64_t>(neighbours.size()) * negative_;
  for (std::int64_t k = 0; k < draws; ++k) {
    const auto noise = list.noise.next();
    if (!seen_before(noise)) list.ids.push_back(2 * noise);
  }
  window.outputs = static_cast<std::uint16_t>(list.ids.size() - first);
}

/// A noise word equal to the true one is dropped, as in word2vec.c. One drawn twice is kept in exact mode, where the
/// second update sees the first, and dropped else.
void WindowSampler::add_outputs(TokenId word, Window& window, WindowList& list) const {
  const auto first = list.ids.size();
  if (hierarchical_) {
    for (const auto& step : tables_.huffman.path(word)) list.ids.push_back(2 * step.node + (step.bit ? 0 : 1));
  } else {
    list.ids.resize(first + 1 + static_cast<std::size_t>(negative_));
    std::int32_t *const begin = list.ids.data() + first, *end = begin + 1;
    *begin = 2 * word + 1;
    for (std::int64_t k = 0; k < negative_; ++k) {
      const auto noise = 2 * list.noise.next();
      if (noise == 2 * word) continue;
      const bool repeated = std::find(begin + 1, end, noise) != end;
      if (repeated && !exact_) continue;
      window.repeats |= repeated;
      *end++ = noise;
    }
    list.ids.resize(first + static_cast<std::size_t>(end - begin));
  }
  window.outputs = static_cast<std::uint16_t>(list.ids.size() - first);
}

}  // namespace zoo::word2vec
