#include "evaluation/attention_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zoo {
namespace {

double at(const Tensor& matrix, std::int64_t row, std::int64_t column) { return matrix[row][column].item<double>(); }

Json rows_of(const Tensor& matrix, const Tensor& allowed = {}) {
  Json rows = Json::array();
  for (std::int64_t i = 0; i < matrix.size(0); ++i) {
    Json row = Json::array();
    for (std::int64_t j = 0; j < matrix.size(1); ++j) {
      const bool hidden = allowed.defined() && !allowed[i][j].item<bool>();
      row.push_back(hidden ? Json() : Json(at(matrix, i, j)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

/// "( 0.123 -1.500 …)"
std::string vector_text(const Tensor& vector, std::int64_t numbers) {
  std::string text = "(";
  const auto shown = std::min(numbers, vector.size(0));
  for (std::int64_t i = 0; i < shown; ++i) text += fmt::format("{:7.3f}", vector[i].item<double>());
  return text + (shown < vector.size(0) ? " …)" : ")");
}

std::size_t longest(const std::vector<std::string>& words) {
  std::size_t width = 4;
  for (const auto& word : words) width = std::max(width, word.size());
  return std::min<std::size_t>(width, 20);
}

}  // namespace

AttentionSteps attention_steps(const AttentionTrace& trace, std::int64_t row, std::int64_t head,
                               std::vector<std::string> queries, std::vector<std::string> keys) {
  AttentionSteps steps;
  const auto count = static_cast<std::int64_t>(queries.size()), others = static_cast<std::int64_t>(keys.size());
  steps.queries = std::move(queries);
  steps.keys = std::move(keys);
  steps.query = trace.query[row][head].narrow(0, 0, count);  // [T, d]
  steps.key = trace.key[row][head].narrow(0, 0, others);     // [S, d]
  steps.value = trace.value[row][head].narrow(0, 0, others);
  const auto everything = torch::ones({1, 1, 1, 1}, torch::kBool);
  const auto allowed = (trace.allowed.defined() ? trace.allowed : everything)
                           .expand({trace.query.size(0), 1, trace.query.size(2), trace.key.size(2)});
  steps.allowed = allowed[row][0].narrow(0, 0, count).narrow(1, 0, others).contiguous();  // [T, S]
  steps.scores = steps.query.matmul(steps.key.t());                                       // [T, S]
  steps.scaled = steps.scores / std::sqrt(static_cast<double>(steps.query.size(1)));      // [T, S]
  const auto attended = attention_by_vectors(steps.query, steps.key, steps.value, steps.allowed);
  steps.weights = attended.weights;  // [T, S]
  steps.output = attended.values;    // [T, d]
  return steps;
}

Json AttentionSteps::to_json() const {
  return {{"queries", queries},
          {"keys", keys},
          {"d", query.size(1)},
          {"query", rows_of(query)},
          {"key", rows_of(key)},
          {"value", rows_of(value)},
          {"scores", rows_of(scores, allowed)},
          {"scaled", rows_of(scaled, allowed)},
          {"weights", rows_of(weights, allowed)},
          {"output", rows_of(output)}};
}

std::string AttentionSteps::text(std::int64_t word, std::int64_t numbers) const {
  const auto width = longest(keys);
  const auto own = static_cast<std::size_t>(word);
  const auto d = query.size(1);
  const auto shown = numbers < d ? fmt::format("the first {} of {} numbers of each vector", numbers, d)
                                 : fmt::format("vectors of {} numbers", d);
  auto text = fmt::format("1. Each word's vector times W^Q, W^K, W^V: {}\n\n", shown);
  text += fmt::format("  {:<{}}  query {}\n\n", queries[own], width, vector_text(query[word], numbers));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    text += fmt::format("  {:<{}}  key   {}   value {}\n", keys[i], width, vector_text(key[number], numbers),
                        vector_text(value[number], numbers));
  }
  text += fmt::format("\n2. The query of '{}' against every key; √d = {:.3f}\n\n", queries[own],
                      std::sqrt(static_cast<double>(d)));
  text += fmt::format("  {:<{}}  {:>9}  {:>9}  {:>9}\n", "key", width, "q · k", "÷ √d", "softmax");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    if (!allowed[word][number].item<bool>()) {
      text += fmt::format("  {:<{}}  not looked at\n", keys[i], width);
      continue;
    }
    const auto weight = at(weights, word, number);
    std::string bar;
    for (int block = 0; block < std::lround(30 * weight); ++block) bar += "█";
    text += fmt::format("  {:<{}}  {:9.4f}  {:9.4f}  {:9.4f}  {}\n", keys[i], width, at(scores, word, number),
                        at(scaled, word, number), weight, bar);
  }
  text += "\n3. The values, each times its weight, added up\n\n";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    if (!allowed[word][number].item<bool>()) continue;
    text += fmt::format("  {:<{}}  {:7.4f} · {}\n", keys[i], width, at(weights, word, number),
                        vector_text(value[number], numbers));
  }
  return text + fmt::format("  {:<{}}  {:>7}   {}\n", "sum", width, "=", vector_text(output[word], numbers));
}

std::string AttentionSteps::weights_text() const {
  const auto width = longest(queries);
  std::string text = fmt::format("  {:<{}}", "", width);
  for (const auto& word : keys) text += fmt::format(" {:>6.6}", word);
  text += "\n";
  for (std::size_t i = 0; i < queries.size(); ++i) {
    text += fmt::format("  {:<{}}", queries[i], width);
    for (std::size_t j = 0; j < keys.size(); ++j) {
      const auto row = static_cast<std::int64_t>(i), column = static_cast<std::int64_t>(j);
      text += allowed[row][column].item<bool>() ? fmt::format(" {:6.2f}", at(weights, row, column)) : "      ·";
    }
    text += "\n";
  }
  return text;
}

}  // namespace zoo
