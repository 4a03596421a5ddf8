#include "evaluation/senses.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "evaluation/text_table.h"
#include "tokenizers/word_splitter.h"

namespace zoo {
namespace {

constexpr std::int64_t kRowsAtOnce = 1024;
constexpr double kEquallyNear = 1e-6;

Tensor unit(const Tensor& x) { return x / x.norm(2, {1}, true).clamp_min(1e-30); }

/// [m, S]: 1 in the column of each row's sense.
Tensor one_hot(const std::vector<std::int64_t>& senses, std::int64_t count) {
  auto table = torch::zeros({std::ssize(senses), count});
  return table.scatter_(1, torch::tensor(senses, torch::kInt64).unsqueeze(1), 1.0);
}

std::int64_t hits(const Tensor& scores, const Tensor& senses) {
  return scores.argmax(1).eq(senses).sum().item<std::int64_t>();
}

Json accuracies(const SenseScore& score, double asked) {
  return {{"nearest", static_cast<double>(score.nearest) / asked},
          {"centroid", static_cast<double>(score.centroid) / asked}};
}

/// Rows of one lemma, and the number of each one's sense.
struct Rows {
  std::vector<std::int64_t> places, senses;
};

std::map<std::string, Rows> by_lemma(const std::vector<TaggedOccurrence>& list,
                                     std::map<std::string, std::map<std::string, std::int64_t>>& numbers) {
  std::map<std::string, Rows> lemmas;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto& known = numbers[list[i].lemma];
    const auto number = known.emplace(list[i].sense, std::ssize(known)).first->second;
    lemmas[list[i].lemma].places.push_back(static_cast<std::int64_t>(i));
    lemmas[list[i].lemma].senses.push_back(number);
  }
  return lemmas;
}

Tensor tagged_vectors(const SentenceVectors& vectors, const Tokenizer& tokenizer,
                      const std::vector<TaggedOccurrence>& list, std::int64_t* unknown) {
  std::vector<Occurrence> occurrences;
  for (const auto& tagged : list) {
    occurrences.push_back({given_words(tokenizer, tagged.words), tagged.position});
    const auto& line = occurrences.back().sentence;
    if (unknown != nullptr && line.pieces[static_cast<std::size_t>(line.begin(tagged.position))] == kUnknown) {
      ++*unknown;
    }
  }
  return with_average(vectors_at(vectors, occurrences));  // [L, N, D]
}

}  // namespace

std::vector<TaggedOccurrence> read_senses(const std::filesystem::path& file) {
  const auto text = read_file(file, kTextTableLimit);
  if (const auto bad = find_invalid_utf8(text); bad != std::string::npos) {
    fail("{}: byte {} is not UTF-8; convert the file", file.string(), bad + 1);
  }
  constexpr std::array kColumns = {"lemma", "sense", "position", "tokens"};
  std::array<std::size_t, 4> place{};
  std::vector<TaggedOccurrence> list;
  bool head = true;
  for_each_text_line(text, file, [&](std::string_view line, std::int64_t number) {
    const auto columns = split_columns(line);
    if (head) {
      head = false;
      for (std::size_t i = 0; i < place.size(); ++i) {
        place[i] = static_cast<std::size_t>(std::find(columns.begin(), columns.end(), kColumns[i]) - columns.begin());
        if (place[i] == columns.size()) {
          fail("{}: the first line names no column '{}'; it must name {}, parted by tabs", file.string(), kColumns[i],
               fmt::join(kColumns, ", "));
        }
      }
      return;
    }
    if (columns.size() <= *std::max_element(place.begin(), place.end())) {
      fail("{}: line {} has {} columns, too few", file.string(), number, columns.size());
    }
    TaggedOccurrence tagged{std::string(columns[place[0]]), std::string(columns[place[1]]), -1, {}};
    WordSplitter::by_whitespace(columns[place[3]], [&](std::string_view word) { tagged.words.emplace_back(word); });
    const auto position = number_of(columns[place[2]]);
    if (position && *position >= 0 && *position < static_cast<double>(tagged.words.size())) {
      tagged.position = static_cast<std::int64_t>(*position);
    }
    if (tagged.lemma.empty() || tagged.sense.empty() || tagged.position < 0) {
      fail("{}: line {}: lemma '{}', sense '{}', position '{}' of {} tokens; the position counts from 0", file.string(),
           number, tagged.lemma, tagged.sense, columns[place[2]], tagged.words.size());
    }
    list.push_back(std::move(tagged));
  });
  if (list.empty()) fail("{}: holds no occurrence; give lemma, sense, position and tokens a line", file.string());
  return list;
}

SenseScore score_senses(const Tensor& asked, const std::vector<std::int64_t>& asked_senses,
                        const std::optional<Tensor>& known, const std::vector<std::int64_t>& known_senses) {
  const bool leave_one_out = !known.has_value();
  const auto& learnt = leave_one_out ? asked_senses : known_senses;
  std::int64_t senses = 1;
  for (const auto sense : asked_senses) senses = std::max(senses, sense + 1);
  for (const auto sense : learnt) senses = std::max(senses, sense + 1);
  const auto x = unit(asked), y = leave_one_out ? x : unit(*known);  // [n, D], [m, D]
  const auto table = one_hot(learnt, senses);                        // [m, S]
  const auto right = torch::tensor(asked_senses, torch::kInt64);     // [n]
  const auto centroids = table.t().matmul(y);                        // [S, D], sums: only their directions count
  const auto lengths = centroids.square().sum(1);                    // [S]
  SenseScore score;
  for (std::int64_t first = 0; first < x.size(0); first += kRowsAtOnce) {
    const auto rows = std::min(kRowsAtOnce, x.size(0) - first);
    const auto some = x.narrow(0, first, rows), wanted = right.narrow(0, first, rows);
    const auto own = leave_one_out ? one_hot(asked_senses, senses).narrow(0, first, rows)
                                   : torch::zeros({rows, senses});  // [r, S]: what is not to be counted
    const auto counts = table.sum(0).unsqueeze(0) - own;            // [r, S]
    // Of two equal counts the lower sense counts as more frequent: argmax takes the first.
    score.most_frequent += hits(counts, wanted);
    auto cosines = some.matmul(y.t());  // [r, m]
    if (leave_one_out) {
      const auto places = torch::arange(first, first + rows, torch::kInt64).unsqueeze(1);
      cosines.scatter_(1, places, -2.0);
    }
    const auto best = std::get<0>(cosines.max(1, true));                                 // [r, 1]
    const auto votes = cosines.ge(best - kEquallyNear).to(torch::kFloat).matmul(table);  // [r, S]
    score.nearest += hits(votes + counts / (counts.sum(1, true) + 1), wanted);
    // |c − x|² = |c|² − 2 c·x + 1 and (c − x)·x = c·x − 1 where x itself is in the sum c.
    const auto dots = some.matmul(centroids.t());                                             // [r, S]
    const auto squares = (lengths.unsqueeze(0) - own * (2 * dots - 1)).clamp_min(1e-12);      // [r, S]
    const auto directions = ((dots - own) / squares.sqrt()).masked_fill(counts.le(0), -2.0);  // [r, S]
    const auto nearest = std::get<0>(directions.max(1, true));                                // [r, 1]
    const auto ties = directions.ge(nearest - kEquallyNear).to(torch::kFloat);                // [r, S]
    score.centroid += hits(ties * (counts + 1), wanted);
  }
  return score;
}

Json senses(const SentenceVectors& vectors, const Tokenizer& tokenizer, const std::vector<TaggedOccurrence>& test,
            const std::vector<TaggedOccurrence>& train) {
  std::map<std::string, std::map<std::string, std::int64_t>> numbers;
  const auto known = by_lemma(train, numbers), asked = by_lemma(test, numbers);
  std::int64_t unknown = 0, count = 0;
  const auto x = tagged_vectors(vectors, tokenizer, test, &unknown);  // [L, n, D]
  const auto y = train.empty() ? Tensor() : tagged_vectors(vectors, tokenizer, train, nullptr);
  const auto layers = with_average(vectors.layers());
  const auto rows_of = [](const Tensor& all, std::size_t layer, const Rows& rows) {
    return all[static_cast<std::int64_t>(layer)].index_select(0, torch::tensor(rows.places));  // [r, D]
  };
  Json lemmas = Json::object(), left_out = Json::array(), means = Json::object();
  double most_frequent = 0;
  std::vector<double> nearest(layers.size()), centroid(layers.size());
  for (const auto& [lemma, rows] : asked) {
    const auto found = known.find(lemma);
    if (train.empty() ? rows.places.size() < 2 : found == known.end()) {
      left_out.push_back(lemma);
      continue;
    }
    const auto n = static_cast<double>(rows.places.size());
    count += std::ssize(rows.places);
    Json entry = {{"asked", rows.places.size()},
                  {"known", train.empty() ? rows.places.size() - 1 : found->second.places.size()},
                  {"senses", numbers[lemma].size()},
                  {"layers", Json::object()}};
    SenseScore score;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      score = train.empty()
                  ? score_senses(rows_of(x, l, rows), rows.senses)
                  : score_senses(rows_of(x, l, rows), rows.senses, rows_of(y, l, found->second), found->second.senses);
      entry["layers"][layers[l]] = accuracies(score, n);
      nearest[l] += static_cast<double>(score.nearest) / n;
      centroid[l] += static_cast<double>(score.centroid) / n;
    }
    entry["most_frequent"] = static_cast<double>(score.most_frequent) / n;
    most_frequent += static_cast<double>(score.most_frequent) / n;
    lemmas[lemma] = std::move(entry);
  }
  if (lemmas.empty()) fail("--train: knows none of the lemmas that are asked; give occurrences of the same words");
  const auto size = static_cast<double>(lemmas.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    means[layers[l]] = {{"nearest", nearest[l] / size}, {"centroid", centroid[l] / size}};
  }
  return {{"contextual", vectors.contextual()},
          {"asked", count},
          {"known", train.empty() ? Json("all others") : Json(train.size())},
          {"coverage", 1 - static_cast<double>(unknown) / static_cast<double>(test.size())},
          {"most_frequent", most_frequent / size},
          {"layers", means},
          {"lemmas", lemmas},
          {"left_out", left_out}};
}

}  // namespace zoo
