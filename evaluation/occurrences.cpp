#include "evaluation/occurrences.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/random.h"

namespace zoo {
namespace {

constexpr std::int64_t kRows = 32;
constexpr std::int64_t kPiecesAtOnce = 1 << 14;

/// A place that was drawn, and its line.
struct Place {
  std::int64_t number;  ///< of the line
  std::string line;
  std::int64_t position;
};

/// Algorithm R (Vitter 1985): after n places each of them is held with probability most / n.
class Reservoir {
 public:
  Reservoir(std::int64_t most, std::uint64_t seed, std::uint64_t stream) : most_(most), random_(seed, stream) {}
  void offer(std::int64_t number, std::string_view line, std::int64_t position) {
    ++seen;
    if (std::ssize(places_) < most_) {
      places_.push_back({number, std::string(line), position});
    } else if (const auto at = random_.below(static_cast<std::uint64_t>(seen)); at < places_.size()) {
      places_[at] = {number, std::string(line), position};
    }
  }
  std::vector<Occurrence> occurrences(const Tokenizer& tokenizer, std::int64_t around) {
    std::sort(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
      return std::pair(a.number, a.position) < std::pair(b.number, b.position);
    });
    std::vector<Occurrence> result;
    for (const auto& place : places_) {
      result.push_back(cut_around(raw_line(tokenizer, place.line), place.position, around));
    }
    return result;
  }
  std::int64_t seen = 0;

 private:
  std::int64_t most_;
  Random random_;
  std::vector<Place> places_;
};

}  // namespace

Tensor vectors_at(const SentenceVectors& vectors, std::span<const Occurrence> occurrences) {
  std::vector<std::size_t> order(occurrences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto pieces = [&](std::size_t i) { return std::ssize(occurrences[i].sentence.pieces); };
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return pieces(a) < pieces(b); });
  const auto layers = std::ssize(vectors.layers());
  auto result = torch::empty({layers, std::ssize(order), vectors.width()});  // [L, N, D]
  Progress progress("reading", static_cast<double>(order.size()), "sentences");
  for (std::size_t first = 0; first < order.size();) {
    auto end = first;
    std::vector<WordLine> lines;
    for (; end < order.size() && std::ssize(lines) < kRows; ++end) {
      if (end > first && (std::ssize(lines) + 1) * pieces(order[end]) > kPiecesAtOnce) break;
      lines.push_back(occurrences[order[end]].sentence);
    }
    State state;
    const auto x = vectors.read(lines, state);  // [L, B, T, D]
    for (auto i = first; i < end; ++i) {
      const auto row = static_cast<std::int64_t>(i - first), to = static_cast<std::int64_t>(order[i]);
      result.select(1, to).copy_(x.select(1, row).select(1, occurrences[order[i]].position));
    }
    first = end;
    progress.update(static_cast<double>(end));
    if (interrupted()) throw Interrupted("stopped");
  }
  return result;
}

Tensor with_average(const Tensor& layers) {
  return layers.size(0) == 1 ? layers : torch::cat({layers, layers.mean(0, true)});
}

std::vector<std::string> with_average(std::vector<std::string> layers) {
  if (layers.size() > 1) layers.emplace_back("average");
  return layers;
}

Occurrence cut_around(const WordLine& line, std::int64_t position, std::int64_t around) {
  const auto first = std::max<std::int64_t>(0, position - around);
  const auto last = std::min(line.size(), position + around + 1);
  return {line.slice(first, last), position - first};
}

OccurrenceSample sample_occurrences(const TextReader& text, const Tokenizer& tokenizer,
                                    const std::vector<std::string>& words, const SampleSettings& settings) {
  OccurrenceSample sample;
  std::vector<Reservoir> reservoirs;
  std::unordered_map<TokenId, std::size_t> asked;
  for (const auto& word : words) {
    auto piece = tokenizer.id(word);
    if (!piece) piece = tokenizer.id(fmt::format("▁{}", word));  // as SentencePiece writes a whole word
    if (!piece || *piece < kSpecialTokens) {
      sample.left_out.push_back(word);
    } else if (asked.emplace(*piece, sample.words.size()).second) {
      sample.words.push_back({word, *piece, 0, {}});
      reservoirs.emplace_back(settings.most, settings.seed, static_cast<std::uint64_t>(*piece));
    }
  }
  std::vector<char> is_word(static_cast<std::size_t>(tokenizer.size()));
  for (TokenId id = kSpecialTokens; id < tokenizer.size(); ++id) {
    is_word[static_cast<std::size_t>(id)] = is_wordlike(tokenizer.piece(id));
  }
  Reservoir any(settings.reference, settings.seed, 0);
  sample.counts.assign(static_cast<std::size_t>(tokenizer.size()), 0);
  std::vector<TokenId> ids;
  std::int64_t number = 0;
  text.for_each_line([&](std::string_view line, std::int64_t) {
    ids.clear();
    tokenizer.encode(line, ids);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto id = static_cast<std::size_t>(ids[i]);
      ++sample.counts[id];
      if (is_word[id] != 0) any.offer(number, line, static_cast<std::int64_t>(i));
      if (const auto found = asked.find(ids[i]); found != asked.end()) {
        reservoirs[found->second].offer(number, line, static_cast<std::int64_t>(i));
      }
    }
    sample.tokens += std::ssize(ids);
    if ((++number & 1023) == 0 && interrupted()) throw Interrupted("stopped");
  });
  std::vector<OccurrenceSample::Word> kept;
  for (std::size_t i = 0; i < sample.words.size(); ++i) {
    auto& word = sample.words[i];
    word.seen = reservoirs[i].seen;
    if (word.seen < settings.least) {
      sample.left_out.push_back(word.word);
      continue;
    }
    word.occurrences = reservoirs[i].occurrences(tokenizer, settings.around);
    kept.push_back(std::move(word));
  }
  sample.words = std::move(kept);
  if (sample.words.empty()) {
    fail("{}: none of the words {} stands there {} times; give others by --words", text.name(), fmt::join(words, ", "),
         settings.least);
  }
  sample.reference = any.occurrences(tokenizer, settings.around);
  return sample;
}

}  // namespace zoo
