#include "evaluation/in_context.h"

#include <algorithm>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"

namespace zoo {
namespace {

constexpr std::int64_t kAround = 100;
constexpr std::size_t kLines = 32;

Tensor unit(const Tensor& x) { return x / x.norm(2, {-1}, true).clamp_min(1e-30); }

/// A line whose words at `places` are candidates.
struct Candidates {
  WordLine line;
  std::vector<std::int64_t> places;
};

class Search {
 public:
  Search(const SentenceVectors& vectors, const LayerChoice& layer, const Occurrence& query,
         const InContextSettings& settings)
      : vectors_(vectors), layer_(layer), settings_(settings) {
    const WordLine lines[] = {query.sentence};
    State state;
    query_ = unit(layer.of(vectors.read(lines, state))[0][0][query.position]);  // [D]
  }

  void add(Candidates candidates) {
    result.looked_at += std::ssize(candidates.places);
    waiting_.push_back(std::move(candidates));
    if (waiting_.size() == kLines) flush();
  }

  void flush() {
    if (waiting_.empty()) return;
    std::vector<WordLine> lines;
    for (const auto& candidates : waiting_) lines.push_back(candidates.line);
    State state;
    const auto x = unit(layer_.of(vectors_.read(lines, state))[0]);  // [B, T, D]
    const auto cosines = x.matmul(query_).contiguous();              // [B, T]
    for (std::size_t b = 0; b < waiting_.size(); ++b) {
      const auto* row = cosines.const_data_ptr<float>() + static_cast<std::int64_t>(b) * cosines.size(1);
      for (const auto place : waiting_[b].places) offer(row[place], waiting_[b].line, place);
    }
    waiting_.clear();
    if (interrupted()) throw Interrupted("stopped");
  }

  InContextResult result;

 private:
  void offer(double cosine, const WordLine& line, std::int64_t place) {
    auto& list = result.neighbours;
    const bool full = std::ssize(list) == settings_.top;
    if (full && cosine <= list.back().cosine) return;
    const auto before = [](double value, const InContextNeighbour& other) { return value > other.cosine; };
    list.insert(std::upper_bound(list.begin(), list.end(), cosine, before), {cosine, {line, place}});
    if (full) list.pop_back();
  }

  const SentenceVectors& vectors_;
  const LayerChoice& layer_;
  const InContextSettings& settings_;
  Tensor query_;  // [D]
  std::vector<Candidates> waiting_;
};

}  // namespace

Occurrence starred(const Tokenizer& tokenizer, const std::string& text) {
  const auto open = text.find('*');
  const auto close = open == std::string::npos ? open : text.find('*', open + 1);
  if (close == std::string::npos || text.find('*', close + 1) != std::string::npos) {
    fail_usage("--in-context '{}': put one word between two stars: \"the *play* was long\"", text);
  }
  const auto word = pretokenised_line(tokenizer, std::string_view(text).substr(open + 1, close - open - 1));
  if (word.size() != 1) {
    fail_usage("--in-context '{}': {} words stand between the stars; put one there: \"the *play* was long\"", text,
               word.size());
  }
  Occurrence result{raw_line(tokenizer, std::string_view(text).substr(0, open)), 0};
  result.position = result.sentence.size();
  result.sentence.append(word);
  result.sentence.append(raw_line(tokenizer, std::string_view(text).substr(close + 1)));
  return result;
}

InContextResult nearest_in_context(const SentenceVectors& vectors, const LayerChoice& layer, const Tokenizer& tokenizer,
                                   const Occurrence& query, const TextReader& text, const InContextSettings& settings) {
  Search search(vectors, layer, query, settings);
  const auto& sentence = query.sentence;
  const auto from = static_cast<std::size_t>(sentence.begin(query.position));
  const auto piece = sentence.pieces[from];
  const auto& spelling = sentence.spellings[from];
  const bool whole = sentence.begin(query.position) + 1 == sentence.ends[static_cast<std::size_t>(query.position)];
  if (settings.same_word && !whole) {
    fail("--same-word: '{}' is no single piece of this run's vocabulary; leave --same-word out",
         sentence.words[static_cast<std::size_t>(query.position)]);
  }
  const auto is_candidate = [&](const WordLine& line, std::size_t i) {
    if (settings.same_word) return line.pieces[i] == piece && (piece != kUnknown || line.spellings[i] == spelling);
    return is_wordlike(line.spellings[i]);
  };
  // How often one word stands in the text is not known before.
  Progress progress("looking at", settings.same_word ? 0 : static_cast<double>(settings.occurrences), "occurrences");
  BlockReader reader(text);
  TextBlock block;
  const auto room = [&] { return settings.occurrences - search.result.looked_at; };
  while (room() > 0 && reader.next(block)) {
    for (const auto& place : block.lines) {
      const auto line = raw_line(tokenizer, block.line(place));
      std::vector<std::int64_t> places;
      for (std::size_t i = 0; i < line.pieces.size() && std::ssize(places) < room(); ++i) {
        if (is_candidate(line, i)) places.push_back(static_cast<std::int64_t>(i));
      }
      // A long line is read in parts, each around its first candidate.
      for (std::size_t first = 0; first < places.size();) {
        const auto cut = cut_around(line, places[first], kAround);
        const auto begin = places[first] - cut.position;
        Candidates candidates{cut.sentence, {}};
        for (; first < places.size() && places[first] - begin < cut.sentence.size(); ++first) {
          candidates.places.push_back(places[first] - begin);
        }
        search.add(std::move(candidates));
      }
      progress.update(static_cast<double>(search.result.looked_at));
      if (room() == 0) break;
    }
  }
  search.flush();
  return std::move(search.result);
}

}  // namespace zoo
