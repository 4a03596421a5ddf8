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

std::optional<Question> look_up(const NeighbourSearch& search, const std::array<std::string, 4>& words,
                                std::int64_t limit) {
  Question rows{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto row = search.find(words[i]);
    if (!row || *row >= limit) return std::nullopt;
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

/// How many of the questions have their fourth word nearest to b − a + c. `candidates` [N, D], unit rows.
std::int64_t count_right(const Tensor& candidates, const std::vector<Question>& questions) {
  std::int64_t right = 0;
  for (std::size_t begin = 0; begin < questions.size(); begin += kBatch) {
    const auto count = static_cast<std::int64_t>(std::min<std::size_t>(kBatch, questions.size() - begin));
    Tensor rows = torch::empty({count, 4}, torch::kLong);  // [Q, 4]
    for (std::int64_t q = 0; q < count; ++q) {
      std::copy_n(questions[begin + static_cast<std::size_t>(q)].begin(), 4, rows.data_ptr<std::int64_t>() + q * 4);
    }
    const Tensor question_words = candidates.index_select(0, rows.flatten()).view({count, 4, -1});  // [Q, 4, D]
    const Tensor wanted =
        question_words.select(1, 1) - question_words.select(1, 0) + question_words.select(1, 2);  // [Q, D]
    Tensor cosines = torch::mm(wanted, candidates.t());                                           // [Q, N]
    cosines.scatter_(1, rows.slice(1, 0, 3), -std::numeric_limits<float>::infinity());
    right += cosines.argmax(1).eq(rows.select(1, 3)).sum().item<std::int64_t>();
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
                        std::int64_t restrict_to) {
  const torch::NoGradGuard no_gradient;
  AnalogyResult result;
  result.vocabulary = restrict_to > 0 ? std::min(restrict_to, words.table().size()) : words.table().size();
  result.semantic.name = "semantic";
  result.syntactic.name = "syntactic";
  result.total.name = "total";
  const Tensor candidates = unit_rows(words.table(), result.vocabulary);  // [N, D]
  Progress progress("analogies", static_cast<double>(sections.size()), "sections");
  for (const AnalogySection& section : sections) {
    if (interrupted()) throw Interrupted("interrupted in the analogy test; nothing was written");
    std::vector<Question> questions;
    for (const auto& question : section.questions) {
      if (const auto rows = look_up(words, question, result.vocabulary)) questions.push_back(*rows);
    }
    AnalogyScore score;
    score.name = section.name;
    score.questions = static_cast<std::int64_t>(section.questions.size());
    score.seen = static_cast<std::int64_t>(questions.size());
    score.right = count_right(candidates, questions);
    add(section.syntactic() ? result.syntactic : result.semantic, score);
    add(result.total, score);
    result.sections.push_back(std::move(score));
    progress.update(static_cast<double>(result.sections.size()));
  }
  return result;
}

}  // namespace zoo
