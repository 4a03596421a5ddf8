#include "evaluation/analogy.h"

#include <torch/types.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "evaluation/text_table.h"

namespace zoo {

namespace {

using torch::Tensor;

constexpr std::int64_t kBatch = 128;

/// Rows of the four words of a question.
using Question = std::array<std::int64_t, 4>;

std::optional<Question> look_up(const TestWords& test_words, const std::array<std::string, 4>& words) {
  Question rows{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto row = test_words.find(words[i]);
    if (!row) return std::nullopt;
    rows[i] = *row;
  }
  return rows;
}

/// The first `count` rows, each of length one (a zero row stays zero): [N, D].
Tensor unit_rows(const EmbeddingTable& table, std::int64_t count) {
  Tensor rows = torch::empty({count, table.dimension()});  // [N, D]
  for (std::int64_t i = 0; i < count; ++i) table.copy_row(i, rows.data_ptr<float>() + i * table.dimension());
  if (!rows.isfinite().all().item<bool>()) fail("word vectors: the table holds NaN or infinity; was training cut off?");
  return rows.div_(rows.norm(2, 1, /*keepdim=*/true).clamp_min(1e-30));
}

/// How good an answer each candidate is: [Q, N]. `asked` [Q, 4, D], `candidates` [N, D], all of length one.
Tensor scores_of(const Tensor& asked, const Tensor& candidates, AnalogyMethod method) {
  const Tensor a = asked.select(1, 0), b = asked.select(1, 1), c = asked.select(1, 2);  // [Q, D]
  if (method == AnalogyMethod::add) return torch::mm(b - a + c, candidates.t());
  const auto shifted = [&](const Tensor& word) { return (torch::mm(word, candidates.t()) + 1) / 2; };  // [Q, N], 0 … 1
  return shifted(b) * shifted(c) / (shifted(a) + 0.001);
}

/// How many of the questions have their fourth word for the best answer. `candidates` [N, D], unit rows.
std::int64_t count_right(const Tensor& candidates, const std::vector<Question>& questions, const TestWords& words,
                         AnalogyMethod method) {
  std::int64_t right = 0;
  for (std::size_t begin = 0; begin < questions.size(); begin += kBatch) {
    const auto count = static_cast<std::int64_t>(std::min<std::size_t>(kBatch, questions.size() - begin));
    Tensor rows = torch::empty({count, 4}, torch::kLong);  // [Q, 4]
    for (std::int64_t q = 0; q < count; ++q) {
      std::copy_n(questions[begin + static_cast<std::size_t>(q)].begin(), 4, rows.data_ptr<std::int64_t>() + q * 4);
    }
    const Tensor asked = candidates.index_select(0, rows.flatten()).view({count, 4, -1});  // [Q, 4, D]
    Tensor scores = scores_of(asked, candidates, method);                                  // [Q, N]
    for (std::int64_t q = 0; q < count; ++q) {
      auto* row = scores.data_ptr<float>() + q * scores.size(1);
      const auto& question = questions[begin + static_cast<std::size_t>(q)];
      for (std::size_t i = 0; i < 3; ++i) {
        for (const auto spelling : words.spellings(question[i]))
          row[spelling] = -std::numeric_limits<float>::infinity();
      }
    }
    const Tensor best = scores.argmax(1);  // [Q]
    for (std::int64_t q = 0; q < count; ++q) {
      const auto answer = words.word_of(best.data_ptr<std::int64_t>()[q]);
      right += answer == questions[begin + static_cast<std::size_t>(q)][3] ? 1 : 0;
    }
  }
  return right;
}

void add(AnalogyScore& sum, const AnalogyScore& part) {
  sum.questions += part.questions;
  sum.seen += part.seen;
  sum.right += part.right;
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<AnalogySection> read_analogies(const std::filesystem::path& file) {
  std::vector<AnalogySection> sections;
  const std::string text = read_file(file, kTextTableLimit);
  bool any = false;
  for_each_text_line(text, file, [&](std::string_view line, std::int64_t number) {
    if (line.starts_with('#') || line.starts_with("//")) return;
    if (line.starts_with(':')) {
      const auto name = line.find_first_not_of(": \t");
      sections.push_back({name == std::string_view::npos ? "" : std::string(line.substr(name)), {}});
      return;
    }
    const std::vector<std::string_view> words = split_columns(line);
    if (words.size() != 4) {
      fail("{}:{}: '{}': four words were expected", file.string(), number, line.substr(0, 80));
    }
    if (sections.empty()) sections.push_back({"questions", {}});
    sections.back().questions.push_back(
        {std::string(words[0]), std::string(words[1]), std::string(words[2]), std::string(words[3])});
    any = true;
  });
  if (!any) fail("{}: holds no question of four words; is it an analogy test?", file.string());
  return sections;
}

double AnalogyScore::accuracy_on_seen() const { return ratio(right, seen); }
double AnalogyScore::coverage() const { return ratio(seen, questions); }
double AnalogyScore::accuracy_on_all() const { return ratio(right, questions); }

Json AnalogyScore::to_json() const {
  return {{"questions", questions}, {"seen", seen},
          {"right", right},         {"accuracy_on_seen", seen > 0 ? Json(accuracy_on_seen()) : Json(nullptr)},
          {"coverage", coverage()}, {"accuracy_on_all", accuracy_on_all()}};
}

Json AnalogyResult::to_json() const {
  Json by_section = Json::object();
  for (const AnalogyScore& section : sections) by_section[section.name] = section.to_json();
  return {{"total", total.to_json()},
          {"semantic", semantic.to_json()},
          {"syntactic", syntactic.to_json()},
          {"sections", by_section},
          {"vocabulary", vocabulary}};
}

AnalogyResult analogies(const NeighbourSearch& words, const std::vector<AnalogySection>& sections,
                        std::int64_t restrict_to, const AnalogyRules& rules) {
  const torch::NoGradGuard no_gradient;
  AnalogyResult result;
  const TestWords test_words(words.table(), restrict_to, rules.word_case);
  result.vocabulary = test_words.size();
  result.semantic.name = "semantic";
  result.syntactic.name = "syntactic";
  result.total.name = "total";
  const Tensor candidates = unit_rows(words.table(), result.vocabulary);  // [N, D]
  Progress progress("analogies", static_cast<double>(sections.size()), "sections");
  for (const AnalogySection& section : sections) {
    if (interrupted()) throw Interrupted("interrupted in the analogy test; nothing was written");
    std::vector<Question> questions;
    for (const auto& question : section.questions) {
      if (const auto rows = look_up(test_words, question)) questions.push_back(*rows);
    }
    AnalogyScore score;
    score.name = section.name;
    score.questions = static_cast<std::int64_t>(section.questions.size());
    score.seen = static_cast<std::int64_t>(questions.size());
    score.right = count_right(candidates, questions, test_words, rules.method);
    add(section.syntactic() ? result.syntactic : result.semantic, score);
    add(result.total, score);
    result.sections.push_back(std::move(score));
    progress.update(static_cast<double>(result.sections.size()));
  }
  return result;
}

}  // namespace zoo
