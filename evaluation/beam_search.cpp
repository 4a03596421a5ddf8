#include "evaluation/beam_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_set>

#include "base/error.h"
#include "base/interrupt.h"

namespace zoo {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// A beginning that is still gone on with; it has a row in the model's state.
struct Beginning {
  std::vector<TokenId> words;
  std::vector<double> log_probabilities;
  double sum = 0;
  std::int64_t row = 0;
};

struct Sentence {
  std::int64_t most_words = 0;  ///< then only the end is allowed
  Prefix prefix;
  std::vector<Beginning> beam;  ///< empty: done
  std::vector<Hypothesis> finished;
};

struct Candidate {
  double sum;
  std::size_t beginning;
  TokenId word;
};

/// The words that would make the last `n` words stand a second time.
std::unordered_set<TokenId> repeating(const std::vector<TokenId>& words, std::int64_t n) {
  std::unordered_set<TokenId> found;
  const auto before = static_cast<std::size_t>(n - 1);
  if (n == 0 || words.size() < before) return found;
  const auto last = words.end() - static_cast<std::ptrdiff_t>(before);
  for (auto at = words.begin(); at + static_cast<std::ptrdiff_t>(before) < words.end(); ++at) {
    if (std::equal(last, words.end(), at)) found.insert(*(at + static_cast<std::ptrdiff_t>(before)));
  }
  return found;
}

/// The likeliest `count` ways to go on, the likeliest first; equals in the order of beginnings and words.
std::vector<Candidate> likeliest(const Sentence& sentence, const float* log_probabilities, std::int64_t vocabulary,
                                 std::size_t count, std::optional<TokenId> only, const SearchOptions& options) {
  std::vector<Candidate> candidates;
  const auto better = [](const Candidate& a, const Candidate& b) {
    if (a.sum != b.sum) return a.sum > b.sum;
    return a.beginning != b.beginning ? a.beginning < b.beginning : a.word < b.word;
  };
  for (std::size_t i = 0; i < sentence.beam.size(); ++i) {
    const auto* row = log_probabilities + sentence.beam[i].row * vocabulary;
    const auto repeated = only ? std::unordered_set<TokenId>() : repeating(sentence.beam[i].words, options.no_repeat);
    for (TokenId word = only.value_or(0), end = only ? *only + 1 : static_cast<TokenId>(vocabulary); word < end;
         ++word) {
      const bool special = word == kPad || word == kBegin || word == kMask;
      if (!only && (special || (word == kUnknown && !options.allow_unknown) || repeated.contains(word))) continue;
      const Candidate candidate{sentence.beam[i].sum + static_cast<double>(row[word]), i, word};
      if (candidate.sum == kImpossible) continue;
      if (std::isnan(candidate.sum)) fail("the model gave NaN as a probability; are its weights damaged?");
      if (candidates.size() == count && !better(candidate, candidates.back())) continue;
      candidates.insert(std::upper_bound(candidates.begin(), candidates.end(), candidate, better), candidate);
      if (candidates.size() > count) candidates.pop_back();
    }
  }
  return candidates;
}

/// One word further. The new beam's rows are still those of the beginnings it came from.
void extend(Sentence& sentence, const Tensor& log_probabilities, const SearchOptions& options) {
  const auto vocabulary = log_probabilities.size(1);
  const auto* rows = log_probabilities.const_data_ptr<float>();
  const auto beam = static_cast<std::size_t>(options.beam);
  const auto place = sentence.beam[0].words.size();  // the same for all
  const auto& given = sentence.prefix.words;
  const bool last =
      std::ssize(sentence.beam[0].words) >= sentence.most_words || (sentence.prefix.whole && place == given.size());
  std::optional<TokenId> only;
  if (last) only = kEnd;
  if (place < given.size()) only = given[place];
  // Twice as many as are kept: each beginning can end only once, so that enough remain which do not.
  const auto candidates = likeliest(sentence, rows, vocabulary, 2 * beam, only, options);
  std::vector<Beginning> next;
  for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
    const auto& [sum, number, word] = candidates[rank];
    const auto& before = sentence.beam[number];
    auto log_probabilities_now = before.log_probabilities;
    log_probabilities_now.push_back(static_cast<double>(rows[before.row * vocabulary + word]));
    if (word != kEnd) {
      if (next.size() == beam) continue;
      auto words = before.words;
      words.push_back(word);
      next.push_back({std::move(words), std::move(log_probabilities_now), sum, before.row});
    } else if (rank < beam && sentence.finished.size() < beam) {
      const auto length = std::ssize(log_probabilities_now);
      sentence.finished.push_back(
          {before.words, std::move(log_probabilities_now), sum, sum / length_penalty(options, length)});
    }
  }
  if (last || sentence.finished.size() == beam) next.clear();
  sentence.beam = std::move(next);
}

/// Where each row of the next step comes from, and the word it goes on with; gives the beginnings their new rows.
std::pair<Tensor, Tensor> next_rows(std::vector<Sentence>& sentences) {
  std::vector<std::int64_t> from, words;
  for (auto& sentence : sentences) {
    for (auto& beginning : sentence.beam) {
      from.push_back(beginning.row);
      words.push_back(beginning.words.back());
      beginning.row = std::ssize(from) - 1;
    }
  }
  return {torch::tensor(from, torch::kInt64), torch::tensor(words, torch::kInt64)};
}

void pick(State& state, const Tensor& rows) {
  for (auto& tensor : state) tensor = tensor.index_select(0, rows);
}

std::int64_t most_words(const Translation& model, std::int64_t length, std::int64_t extra) {
  return std::min(length + extra, model.longest_target() - 1);  // one more step for the end
}

}  // namespace

void SearchOptions::fields(Fields& field) {
  field("beam", beam, "beginnings kept for each sentence; 1: greedy").range(1, 1 << 10);
  field("length_penalty", length_penalty,
        "log-probabilities are divided by ((5 + length) / 6)^alpha (paper), by length^alpha (power), by nothing (none)")
      .choices({"paper", "power", "none"});
  field("alpha", alpha, "of the length penalty: more favours longer translations").range(-10, 10);
  field("extra", extra, "a translation ends at the latest so many tokens after its source's length").range(0, 1 << 16);
  field("best", best, "translations given for each sentence, at most as many as the beam").range(1, 1 << 10);
  field("no_repeat", no_repeat, "no so many tokens in a row stand twice in a translation; 0: they may")
      .range(0, 1 << 10);
  field("allow_unknown", allow_unknown, "let a translation hold <unk>, which cannot be written down");
}

double length_penalty(const SearchOptions& options, std::int64_t length) {
  const auto tokens = static_cast<double>(length);
  if (options.length_penalty == "none") return 1;
  return std::pow(options.length_penalty == "power" ? tokens : (5 + tokens) / 6, options.alpha);
}

std::vector<Hypothesis> greedy_search(Translation& model, const Tensor& sources, const Tensor& lengths,
                                      std::int64_t extra) {
  const torch::NoGradGuard no_gradient;
  const auto rows = sources.size(0);
  std::vector<Hypothesis> result(static_cast<std::size_t>(rows));
  auto state = model.encode(sources, lengths);
  auto words = torch::full({rows}, std::int64_t{kBegin}, torch::kInt64);  // [B]
  std::vector<bool> done(static_cast<std::size_t>(rows), false);
  while (std::find(done.begin(), done.end(), false) != done.end()) {
    const auto log_probabilities = model.step(words, state);  // [B, V]
    for (std::int64_t row = 0; row < rows; ++row) {
      const auto number = static_cast<std::size_t>(row);
      if (done[number]) continue;
      auto& hypothesis = result[number];
      auto allowed = log_probabilities[row].clone();  // [V]
      for (const auto special : {kPad, kUnknown, kBegin, kMask}) allowed[special] = kImpossible;
      const bool last = std::ssize(hypothesis.words) >= most_words(model, lengths[row].item<std::int64_t>(), extra);
      const auto word = last ? kEnd : allowed.argmax().item<std::int64_t>();
      hypothesis.log_probabilities.push_back(log_probabilities[row][word].item<double>());
      hypothesis.log_probability += hypothesis.log_probabilities.back();
      hypothesis.score = hypothesis.log_probability;
      words[row] = word;
      done[number] = word == kEnd;
      if (!done[number]) hypothesis.words.push_back(static_cast<TokenId>(word));
    }
  }
  return result;
}

std::vector<std::vector<Hypothesis>> beam_search(Translation& model, const Tensor& sources, const Tensor& lengths,
                                                 const SearchOptions& options, const std::vector<Prefix>& prefixes) {
  const torch::NoGradGuard no_gradient;
  if (!prefixes.empty() && std::ssize(prefixes) != sources.size(0)) {
    fail("{} prefixes for {} sentences", prefixes.size(), sources.size(0));
  }
  std::vector<Sentence> sentences(static_cast<std::size_t>(sources.size(0)));
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    sentences[i].most_words = most_words(model, lengths[row].item<std::int64_t>(), options.extra);
    sentences[i].beam = {Beginning{.row = row}};
    if (prefixes.empty()) continue;
    sentences[i].prefix = prefixes[i];
    const auto given = std::ssize(prefixes[i].words);
    if (given >= model.longest_target()) {
      fail("a translation that begins with {} tokens is longer than the {} that the model writes", given,
           model.longest_target() - 1);
    }
    sentences[i].most_words = std::max(sentences[i].most_words, given);
  }
  auto state = model.encode(sources, lengths);
  auto words = torch::full({sources.size(0)}, std::int64_t{kBegin}, torch::kInt64);  // [rows]
  while (words.size(0) > 0) {
    if (interrupted()) throw Interrupted("interrupted while translating");
    const auto log_probabilities = model.step(words, state).contiguous().to(torch::kFloat);  // [rows, V]
    for (auto& sentence : sentences) {
      if (!sentence.beam.empty()) extend(sentence, log_probabilities, options);
    }
    Tensor from;
    std::tie(from, words) = next_rows(sentences);
    const bool same = from.size(0) == log_probabilities.size(0) && from.equal(torch::arange(from.size(0)));
    if (!same) pick(state, from);
  }
  std::vector<std::vector<Hypothesis>> result;
  for (auto& sentence : sentences) {
    auto& finished = sentence.finished;
    std::stable_sort(finished.begin(), finished.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    if (std::ssize(finished) > options.best) finished.resize(static_cast<std::size_t>(options.best));
    result.push_back(std::move(finished));
  }
  return result;
}

}  // namespace zoo
