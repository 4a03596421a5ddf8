#include "evaluation/senses.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "evaluation/sense_baselines.h"
#include "evaluation/sense_scores.h"
#include "evaluation/text_table.h"
#include "tokenizers/word_splitter.h"

namespace zoo {
namespace {

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

std::vector<const TaggedOccurrence*> at_places(const std::vector<TaggedOccurrence>& list, const Rows& rows) {
  std::vector<const TaggedOccurrence*> result;
  for (const auto place : rows.places) result.push_back(&list[static_cast<std::size_t>(place)]);
  return result;
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

Json senses(const SentenceVectors& vectors, const Tokenizer& tokenizer, const std::vector<TaggedOccurrence>& test,
            const std::vector<TaggedOccurrence>& train, const SenseBaselines& baselines) {
  std::map<std::string, std::map<std::string, std::int64_t>> numbers;
  const auto known = by_lemma(train, numbers), asked = by_lemma(test, numbers);
  std::int64_t unknown = 0, count = 0;
  const auto x = tagged_vectors(vectors, tokenizer, test, &unknown);  // [L, n, D]
  const auto y = train.empty() ? Tensor() : tagged_vectors(vectors, tokenizer, train, nullptr);
  const auto layers = with_average(vectors.layers());
  Json lemmas = Json::object(), left_out = Json::array();
  SenseTable table;
  for (const auto& [lemma, of_lemma] : asked) {
    const auto& rows = of_lemma;
    const auto found = known.find(lemma);
    if (train.empty() ? rows.places.size() < 2 : found == known.end()) {
      left_out.push_back(lemma);
      continue;
    }
    const auto learnt = train.empty() ? Rows() : found->second;
    Json entry = {{"asked", rows.places.size()},
                  {"known", train.empty() ? rows.places.size() - 1 : learnt.places.size()},
                  {"senses", numbers[lemma].size()},
                  {"table", Json::object()}};
    const auto score = [&](const Tensor& given, const Tensor& learnt_vectors) {
      return train.empty() ? score_senses(given, rows.senses)
                           : score_senses(given, rows.senses, learnt_vectors, learnt.senses);
    };
    const auto add = [&](const std::string& row, const SenseScore& scored) {
      table.add(row, scored);
      entry["table"][row] = shares_of(scored);
    };
    const auto places = torch::tensor(rows.places), learnt_places = torch::tensor(learnt.places, torch::kInt64);
    SenseScore last;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const auto layer = static_cast<std::int64_t>(l);
      last = score(x[layer].index_select(0, places), y.defined() ? y[layer].index_select(0, learnt_places) : Tensor());
      add(layers[l], last);
    }
    const auto of_asked = at_places(test, rows), of_known = at_places(train, learnt);
    const auto bags = bags_of_words(of_asked, of_known, baselines.around);
    add("bag of words", score(bags.asked, bags.known));
    if (baselines.words != nullptr) {
      add(fmt::format("mean vector of {} words on each side", baselines.around),
          score(mean_vectors(*baselines.words, of_asked, baselines.around),
                mean_vectors(*baselines.words, of_known, baselines.around)));
    }
    add("most frequent sense", {last.asked, last.most_frequent, last.most_frequent, last.most_frequent});
    count += std::ssize(rows.places);
    lemmas[lemma] = std::move(entry);
  }
  if (lemmas.empty()) fail("--train: knows none of the lemmas that are asked; give occurrences of the same words");
  return {{"contextual", vectors.contextual()},
          {"asked", count},
          {"known", train.empty() ? Json("all others") : Json(train.size())},
          {"coverage", 1 - static_cast<double>(unknown) / static_cast<double>(test.size())},
          {"table", table.to_json()},
          {"lemmas", lemmas},
          {"left_out", left_out}};
}

}  // namespace zoo
