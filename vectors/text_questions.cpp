#include "vectors/text_questions.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace zoo {
namespace {

bool is_space(char letter) { return letter == ' ' || (letter >= '\t' && letter <= '\r'); }

bool is_punctuation(char letter) {
  return (letter >= '!' && letter <= '/') || (letter >= ':' && letter <= '@') || (letter >= '[' && letter <= '`') ||
         (letter >= '{' && letter <= '~');
}

std::string_view without_punctuation(std::string_view word) {
  while (!word.empty() && is_punctuation(word.front())) word.remove_prefix(1);
  while (!word.empty() && is_punctuation(word.back())) word.remove_suffix(1);
  return word;
}

double dot(std::span<const double> one, std::span<const double> other) {
  return std::inner_product(one.begin(), one.end(), other.begin(), 0.0);
}

/// The mean of unit vectors, made of length one: [D]. Empty where it has no direction.
std::vector<double> mean_direction(const std::vector<WordVector>& words) {
  std::vector<double> sum(words.empty() ? 0 : words[0].unit.size(), 0.0);
  for (const auto& word : words) {
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += word.unit[j];
  }
  const double length = std::sqrt(dot(sum, sum));
  if (!(length > 1e-12)) return {};
  for (double& value : sum) value /= length;
  return sum;
}

std::vector<double> widened(const std::vector<float>& vector) { return {vector.begin(), vector.end()}; }

void check_has_words(const TextWords& text) {
  if (!text.words.empty()) return;
  fail("none of the words '{}' is known; give other words", fmt::join(text.unknown, " "));
}

/// Different words and how often each stands there.
struct Bag {
  std::vector<const WordVector*> words;
  std::vector<std::int64_t> counts;
  std::int64_t total = 0;
};

Bag bag_of(const TextWords& text) {
  Bag bag;
  std::vector<std::size_t> order(text.words.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return text.words[a] < text.words[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || text.words[order[i]] != text.words[order[i - 1]]) {
      bag.words.push_back(&text.vectors[order[i]]);
      bag.counts.push_back(0);
    }
    ++bag.counts.back();
    ++bag.total;
  }
  if (bag.words.size() > kLongestMoved) {
    fail("a text has {} different words; the word mover's distance takes up to {}", bag.words.size(), kLongestMoved);
  }
  return bag;
}

}  // namespace

TextWords words_of(const NeighbourSearch& search, std::string_view text) {
  TextWords found;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    const auto word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    // With n-grams every word has a vector: the bare word is tried first where it is one of the table.
    const auto bare = without_punctuation(word);
    const bool known = search.find(word).has_value() || bare.empty() || bare == word;
    const auto spelled = known ? word : bare;
    auto vector = search.look_up(spelled);
    if (vector && !vector->unit.empty()) {
      found.words.push_back(vector->row ? search.table().word(*vector->row) : std::string(spelled));
      found.vectors.push_back(std::move(*vector));
    } else {
      found.unknown.emplace_back(word);
    }
  }
  return found;
}

double similarity(const TextWords& first, const TextWords& second) {
  check_has_words(first);
  check_has_words(second);
  const auto one = mean_direction(first.vectors), other = mean_direction(second.vectors);
  if (one.empty() || other.empty()) fail("the words of a text cancel each other out; their mean has no direction");
  return std::clamp(dot(one, other), -1.0, 1.0);
}

std::vector<Belonging> odd_one_out(const std::vector<WordVector>& words) {
  if (words.size() < 3) fail("{} words: of at least three one can be the odd one out", words.size());
  for (const auto& word : words) {
    if (word.unit.empty()) fail("a word's vector is zero or not a number; leave that word out");
  }
  const auto mean = mean_direction(words);
  if (mean.empty()) fail("the words cancel each other out; their mean has no direction");
  std::vector<Belonging> order;
  for (std::size_t i = 0; i < words.size(); ++i) order.push_back({i, dot(widened(words[i].unit), mean)});
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.cosine < b.cosine; });
  return order;
}

double word_movers_distance(const TextWords& first, const TextWords& second) {
  check_has_words(first);
  check_has_words(second);
  const auto one = bag_of(first), other = bag_of(second);
  std::vector<double> cost;  // [n, m]
  cost.reserve(one.words.size() * other.words.size());
  for (const auto* from : one.words) {
    for (const auto* to : other.words) {
      double squares = 0;
      for (std::size_t j = 0; j < from->unit.size(); ++j) {
        const double step = static_cast<double>(from->unit[j]) - to->unit[j];
        squares += step * step;
      }
      cost.push_back(std::sqrt(squares));
    }
  }
  // Shares count/total as whole numbers: both texts are cut into total · other's total pieces.
  auto supply = one.counts, demand = other.counts;
  for (auto& count : supply) count *= other.total;
  for (auto& count : demand) count *= one.total;
  return least_transport_cost(std::move(supply), std::move(demand), cost) /
         (static_cast<double>(one.total) * static_cast<double>(other.total));
}

}  // namespace zoo
