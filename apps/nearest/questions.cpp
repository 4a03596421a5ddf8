#include "apps/nearest/questions.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/parallel.h"
#include "formats/vector_text.h"
#include "vectors/text_questions.h"

namespace zoo {
namespace {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(separators, at), text.size());
    if (end > at) parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// A question on its way: what is already known of its answer, and what the rows are still to be searched for.
struct Prepared {
  Answer answer;
  std::string title;
  RowQuery query;
  bool searches = false;
};

class Preparing {
 public:
  Preparing(const NeighbourSearch& search, const AnswerOptions& options) : search_(search), options_(options) {}

  Prepared prepare(const Question& question) {
    Prepared prepared;
    try {
      switch (question.ask) {
        case Ask::nearest:
          near(question.parts.at(0), prepared);
          break;
        case Ask::analogy:
          analogy(question.parts, prepared);
          break;
        case Ask::odd:
          odd(question.parts, prepared);
          break;
        case Ask::similarity:
        case Ask::distance:
          compare(question, prepared);
          break;
        case Ask::vector:
          vector(question.parts.at(0), prepared);
          break;
      }
      if (!made_.empty()) prepared.answer.json["made_of_ngrams"] = made_;
    } catch (const Error& error) {
      prepared.answer = {.json = {}, .text = {}, .error = error.what()};
      prepared.searches = false;
    }
    return prepared;
  }

 private:
  WordVector look_up(const std::string& word) {
    const auto found = search_.look_up(word);
    if (!found) fail("{}", search_.unknown_word(word));
    if (!found->row) made_.push_back(word);
    return *found;
  }

  /// How a word is shown: a vector that is made of n-grams is said to be so.
  std::string shown(const std::string& word) const {
    const bool made = std::find(made_.begin(), made_.end(), word) != made_.end();
    return made ? fmt::format("{} (from its n-grams)", word) : word;
  }

  void near(const std::string& word, Prepared& prepared) {
    prepared.query = search_.near(look_up(word));
    prepared.title = shown(word);
    prepared.answer.json = {{"word", word}};
    prepared.searches = true;
  }

  void analogy(const std::vector<std::string>& words, Prepared& prepared) {
    const auto a = look_up(words.at(0)), b = look_up(words.at(1)), c = look_up(words.at(2));
    prepared.query = search_.like(a, b, c, options_.method);
    prepared.title = fmt::format("{} is to {} as {} is to", shown(words[0]), shown(words[1]), shown(words[2]));
    prepared.answer.json = {{"analogy", words}};
    if (options_.method == AnalogyMethod::multiply) prepared.answer.json["method"] = "3cosmul";
    prepared.searches = true;
  }

  void odd(const std::vector<std::string>& words, Prepared& prepared) {
    std::vector<WordVector> vectors;
    for (const auto& word : words) vectors.push_back(look_up(word));
    const auto order = odd_one_out(vectors);
    auto& [json, text, error] = prepared.answer;
    json = {{"odd", words[order[0].word]}, {"words", Json::array()}};
    text = fmt::format("{}: odd one out of {}\n", words[order[0].word], fmt::join(words, ", "));
    for (const auto& [word, cosine] : order) {
      json["words"].push_back({{"word", words[word]}, {"cosine", cosine}});
      text += fmt::format("  {:7.4f}  {}\n", cosine, shown(words[word]));
    }
  }

  void compare(const Question& question, Prepared& prepared) {
    const auto first = words_of(search_, question.parts.at(0)), second = words_of(search_, question.parts.at(1));
    for (const auto* one : {&first, &second}) {
      // A single word that is unknown is told with its likes; a text may lack some of its words.
      if (one->words.empty() && one->unknown.size() == 1) fail("{}", search_.unknown_word(one->unknown[0]));
      for (std::size_t i = 0; i < one->words.size(); ++i) {
        if (!one->vectors[i].row) made_.push_back(one->words[i]);
      }
    }
    const bool distance = question.ask == Ask::distance;
    const double value = distance ? word_movers_distance(first, second) : similarity(first, second);
    auto left_out = first.unknown;
    left_out.insert(left_out.end(), second.unknown.begin(), second.unknown.end());
    auto& [json, text, error] = prepared.answer;
    json = {{distance ? "distance" : "similarity", value},
            {"first", question.parts[0]},
            {"second", question.parts[1]},
            {"left_out", left_out}};
    text = fmt::format("{:.4f}  {} | {}\n", value, question.parts[0], question.parts[1]);
    if (!left_out.empty()) text += fmt::format("        left out, unknown: {}\n", fmt::join(left_out, " "));
  }

  void vector(const std::string& numbers, Prepared& prepared) {
    std::vector<float> query;  // [D]
    for (const auto& word : split(numbers, ", \t[]")) {
      const auto number = parse_float(word);
      if (!number) fail("'{}' is no number; a vector is {} numbers", word, search_.table().dimension());
      query.push_back(*number);
    }
    if (static_cast<std::int64_t>(query.size()) != search_.table().dimension()) {
      fail("a vector of {} numbers does not go with {} dimensions", query.size(), search_.table().dimension());
    }
    prepared.query.vectors = unit_length(query);
    if (prepared.query.vectors.empty()) fail("the vector has no direction: its length is zero or not a number");
    prepared.title = "nearest to the vector";
    prepared.searches = true;
  }

  const NeighbourSearch& search_;
  const AnswerOptions& options_;
  std::vector<std::string> made_;  // words whose vectors come of their n-grams
};

void finish(const NeighbourSearch& search, const std::vector<Neighbour>& found, Ask ask, Prepared& prepared) {
  auto& [json, text, error] = prepared.answer;
  const bool product = prepared.query.score == RowQuery::Score::multiply;
  auto list = Json::array();
  text = prepared.title + "\n";
  for (const auto& [row, score] : found) {
    list.push_back({{"word", search.table().word(row)}, {product ? "score" : "cosine", score}});
    text += fmt::format("  {:6.4f}  {}\n", score, search.table().word(row));
  }
  if (found.empty()) text += "  none: there is no other word, or a vector without a direction\n";
  json[ask == Ask::analogy ? "answers" : "neighbours"] = std::move(list);
}

}  // namespace

const std::vector<std::string>& ask_names() {
  static const std::vector<std::string> names = {"nearest", "analogy", "odd", "similarity", "distance", "vector"};
  return names;
}

Ask ask_named(std::string_view name) {
  const auto& names = ask_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) fail_usage("--ask: give one of {}", fmt::join(names, ", "));
  return static_cast<Ask>(found - names.begin());
}

Question question_of(Ask ask, std::string_view line) {
  const auto first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t");
  line = first == std::string_view::npos ? std::string_view() : line.substr(first, last - first + 1);
  if (ask == Ask::nearest || ask == Ask::vector) return {ask, {std::string(line)}};
  auto parts = split(line, line.find('\t') == std::string_view::npos ? " " : "\t");
  if (ask == Ask::analogy && parts.size() != 3) fail("{} words, three are needed: man king woman", parts.size());
  if (ask == Ask::odd && parts.size() < 3) fail("{} words, at least three are needed", parts.size());
  if ((ask == Ask::similarity || ask == Ask::distance) && parts.size() != 2) {
    fail("{} parts; two words, or two sentences with a tab between, are needed", parts.size());
  }
  return {ask, std::move(parts)};
}

std::vector<Answer> answer(const NeighbourSearch& search, std::span<const Question> questions,
                           const AnswerOptions& options) {
  std::vector<Prepared> prepared(questions.size());
  const auto count = static_cast<int>(std::min<std::size_t>(questions.size(), 1 << 20));
  const int cores = options.threads > 0 ? options.threads : available_threads();
  const int threads = std::max(1, std::min(cores, count / 16));
  run_on_threads(threads, [&](int thread) {
    for (auto i = static_cast<std::size_t>(thread); i < questions.size(); i += static_cast<std::size_t>(threads)) {
      prepared[i] = Preparing(search, options).prepare(questions[i]);
    }
  });
  std::vector<RowQuery> queries;
  std::vector<std::size_t> whose;
  for (std::size_t i = 0; i < prepared.size(); ++i) {
    if (!prepared[i].searches) continue;
    queries.push_back(prepared[i].query);
    whose.push_back(i);
  }
  const auto found = search.scan(queries, options.top, options.threads);
  for (std::size_t k = 0; k < whose.size(); ++k) finish(search, found[k], questions[whose[k]].ask, prepared[whose[k]]);
  std::vector<Answer> answers;
  for (auto& one : prepared) answers.push_back(std::move(one.answer));
  return answers;
}

}  // namespace zoo
