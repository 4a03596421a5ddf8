#include "report/study_senses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/hash.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

/// Words of several meanings that texts of many kinds have. Those that the text hardly has are left out by themselves.
const std::vector<std::string> kWords = {"play", "bank",  "line",  "light",   "case", "right", "state", "interest",
                                         "hard", "serve", "point", "present", "mean", "order", "kind",  "spring"};
constexpr std::size_t kMaps = 2;       // words whose maps are shown
constexpr std::size_t kPairWords = 3;  // words whose pairs of sentences are shown

/// Those that the vocabulary has; of a text in another language the words whose neighbours the report shows.
std::vector<std::string> words_for(const ComparedText& text) {
  std::vector<std::string> words;
  for (const auto& word : kWords) {
    if (text.tokenizer->id(word) || text.tokenizer->id(fmt::format("▁{}", word))) words.push_back(word);
  }
  if (words.size() < kPairWords) words.insert(words.end(), text.words.begin(), text.words.end());
  return words;
}

std::string number(const Json& value) { return value.is_number() ? fmt::format("{:.2f}", value.get<double>()) : ""; }

Json at(const Json& list, std::size_t i) {
  return list.is_array() && i < list.size() && list[i].is_number() ? list[i] : Json();
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const auto value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

/// What a model says of K, the last of its layers.
struct Answer {
  std::string name, title;
  const Json* model;  // in the result that is shown
  std::vector<std::string> layers;
  std::size_t k() const { return layers.size() - 1; }
  const Json& words() const { return model->at("words"); }
  Json reference(std::size_t layer) const { return at(model->value("reference", Json()), layer); }
  std::vector<double> same_word() const {
    std::vector<double> list;
    for (const auto& [word, entry] : words().items()) {
      const auto value = at(entry.value("similarity", Json()), k());
      if (value.is_number()) list.push_back(value.get<double>());
    }
    return list;
  }
  /// Of words that have both numbers: with the same telling neighbour, and with another.
  std::pair<std::vector<double>, std::vector<double>> by_neighbour() const {
    std::pair<std::vector<double>, std::vector<double>> lists;
    for (const auto& [word, entry] : words().items()) {
      const auto same = entry.value("same_neighbour", Json()), other = entry.value("other_neighbour", Json());
      if (!same.is_number() || !other.is_number()) continue;
      lists.first.push_back(same.get<double>());
      lists.second.push_back(other.get<double>());
    }
    return lists;
  }
};

std::vector<Answer> answers_of(const Json& result) {
  std::vector<Answer> list;
  const auto models = result.find("models");
  if (models == result.end()) return list;
  for (const auto& [name, model] : models->items()) {
    if (!model.contains("layers") || model["layers"].empty() || !model.contains("words")) continue;
    list.push_back({name, model.value("title", name), &model, model["layers"].get<std::vector<std::string>>()});
  }
  return list;
}

std::string layer_title(const Answer& answer, std::size_t layer) {
  return layer == answer.k() && answer.layers.size() > 1 ? "K" : answer.layers[layer];
}

Table similarity_table(const Answer& answer) {
  Table table;
  table.columns.push_back({"Word", false});
  table.columns.push_back({"Occurrences"});
  table.columns.push_back({"One vector a word", true, "1 by construction: it is the same in every sentence"});
  for (std::size_t l = 0; l < answer.layers.size(); ++l) table.columns.push_back({layer_title(answer, l)});
  table.columns.push_back({"K, same neighbour", true, "two occurrences with the same telling word near them"});
  table.columns.push_back({"K, other neighbour", true, "two occurrences with different telling words near them"});
  for (const auto& [word, entry] : answer.words().items()) {
    std::vector<Table::Cell> row = {{word}, {entry.value("occurrences", Json()).dump()}, {"1.00"}};
    for (std::size_t l = 0; l < answer.layers.size(); ++l) {
      row.push_back({number(at(entry.value("similarity", Json()), l))});
    }
    row.push_back({number(entry.value("same_neighbour", Json()))});
    row.push_back({number(entry.value("other_neighbour", Json()))});
    table.rows.push_back(std::move(row));
  }
  std::vector<Table::Cell> row = {{"two different words"}, {""}, {""}};
  for (std::size_t l = 0; l < answer.layers.size(); ++l) row.push_back({number(answer.reference(l))});
  row.resize(table.columns.size());
  table.rows.push_back(std::move(row));
  table.notes = {
      "Mean cosine between two occurrences. The last row is the same for different words, drawn from the whole text: "
      "vectors of one layer may all point the same way, and only what lies above it is the word's own. K is the mean "
      "of "
      "the layers."};
  return table;
}

Table pairs_table(const std::vector<Answer>& answers) {
  Table table;
  table.columns = {{"Word", false}, {"Model", false},        {"Pair", false},
                   {"Cosine of K"}, {"One sentence", false}, {"The other", false}};
  for (const auto& answer : answers) {
    std::size_t shown = 0;
    for (const auto& [word, entry] : answer.words().items()) {
      if (shown++ == kPairWords) break;
      for (const auto* key : {"nearest", "farthest"}) {
        const auto list = entry.value(key, Json::array());
        if (!list.is_array() || list.empty()) continue;
        table.rows.push_back({{word},
                              {answer.title},
                              {key},
                              {number(list[0].value("cosine", Json()))},
                              {list[0].value("a", "")},
                              {list[0].value("b", "")}});
      }
    }
  }
  table.notes = {"For each word the two sentences whose K are nearest, then the two whose K are farthest apart."};
  return table;
}

Table overview(const std::vector<Answer>& answers) {
  Table table;
  table.columns = {{"Model", false},
                   {"Same word, K"},
                   {"Different words, K"},
                   {"Same word, same neighbour"},
                   {"Same word, other neighbour"}};
  table.rows.push_back({{"one vector a word"}, {"1.00"}, {""}, {"1.00"}, {"1.00"}});
  for (const auto& answer : answers) {
    const auto mean = [](const std::vector<double>& values) {
      return Table::Cell{values.empty() ? "" : fmt::format("{:.2f}", mean_of(values))};
    };
    const auto [same, other] = answer.by_neighbour();
    table.rows.push_back(
        {{answer.title}, mean(answer.same_word()), {number(answer.reference(answer.k()))}, mean(same), mean(other)});
  }
  table.notes = {
      "Mean cosines over the words. A neighbour is telling where it stands near the word far more often than "
      "elsewhere in the text; the models are not asked for it."};
  return table;
}

void add_maps(const Answer& answer, Json& charts) {
  for (const auto& [word, entry] : answer.words().items()) {
    const auto map = entry.value("map", Json::object());
    if (!map.contains("groups") || map["groups"].empty()) continue;
    Json groups = Json::array();
    for (const auto& group : map["groups"]) {
      groups.push_back({{"title", group.value("title", "")},
                        {"colour", groups.size()},
                        {"points", group.value("points", Json::array())}});
    }
    charts.push_back(
        {{"id", fmt::format("senses-{}-{}", answer.name, word)},
         {"title", fmt::format("'{}' in {}: each point is one sentence", word, answer.title)},
         {"note",
          fmt::format("K on its two principal axes, which hold {:.0f} % of its variance; coloured by the telling "
                      "word within three places, which the model is not told",
                      100 * map.value("share", 0.0))},
         {"kind", "scatter"},
         {"groups", groups}});
  }
}

std::string finding_of(const std::vector<Answer>& answers) {
  std::string text = "One vector a word is the same in every sentence (cosine 1)";
  for (const auto& answer : answers) {
    const auto same = answer.same_word();
    if (same.empty()) continue;
    text += fmt::format("; {}'s K of one word in two sentences has cosine {:.2f}", answer.title, mean_of(same));
    if (const auto reference = answer.reference(answer.k()); reference.is_number()) {
      text += fmt::format(" (two different words {:.2f})", reference.get<double>());
    }
  }
  text += ".";
  std::string neighbours;
  for (const auto& answer : answers) {
    const auto [same, other] = answer.by_neighbour();
    if (same.empty()) continue;
    neighbours += fmt::format("{}{} {:.2f} and {:.2f}", neighbours.empty() ? "" : ", ", answer.title, mean_of(same),
                              mean_of(other));
  }
  if (!neighbours.empty()) {
    text += fmt::format(" With the same telling word near both, and with different ones: {}.", neighbours);
  }
  return text;
}

/// Maps of the first words whose points have several colours; pairs of the first words.
void keep_what_is_shown(Json& words) {
  std::size_t place = 0, maps = 0;
  for (auto& [word, entry] : words.items()) {
    const auto groups = entry.contains("map") ? entry["map"].value("groups", Json::array()).size() : 0;
    if (groups >= 3 && maps < kMaps) {
      ++maps;
    } else {
      entry.erase("map");
    }
    if (place++ >= kPairWords) entry.erase("nearest"), entry.erase("farthest");
  }
}

}  // namespace

Json SensesStudy::measure(const StudyInput& input) const {
  Json result = {{"words", Json::array()}, {"models", Json::object()}};
  for (const auto& training : input.trainings) {
    if (!training.failed.empty() || training.seed != 1 || !training.rung.can("context_vectors")) continue;
    std::vector<std::string> words = {"--model", training.folder.string(),
                                      "--task",  "occurrences",
                                      "--words", fmt::format("{}", fmt::join(words_for(input.text), ",")),
                                      "--input"};
    words.insert(words.end(), input.text.inputs.begin(), input.text.inputs.end());
    const auto weights = sha256_of_file(RunFolder::open(training.folder).weights_file());
    auto answer = input.answers.ask("zoo-evaluate", words, training.key + weights + input.text.key);
    for (const auto* key : {"task", "model", "kind", "input", "split"}) answer.erase(key);
    keep_what_is_shown(answer["words"]);
    if (result["words"].empty()) {
      for (const auto& [word, entry] : answer["words"].items()) result["words"].push_back(word);
    }
    auto& model = result["models"][training.rung.name] = {{"title", training.rung.title}};
    model.update(answer);
  }
  return result["models"].empty() ? Json() : result;
}

StudyView SensesStudy::view(const Json&, const Json& result) const {
  const auto answers = answers_of(result);
  StudyView view;
  if (answers.empty()) {
    view.finding = "No model gave vectors of words in their sentences.";
    return view;
  }
  view.finding = finding_of(answers);
  view.tables.emplace_back("Two occurrences of a word", overview(answers));
  for (const auto& answer : answers) {
    view.tables.emplace_back(fmt::format("{}, layer by layer", answer.title), similarity_table(answer));
  }
  if (auto table = pairs_table(answers); !table.rows.empty()) view.tables.emplace_back("Pairs of sentences", table);
  for (const auto& answer : answers) add_maps(answer, view.charts);
  return view;
}

}  // namespace zoo
