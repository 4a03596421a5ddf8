#include "report/measures.h"

#include <fmt/format.h>

#include <cmath>

#include "base/error.h"

namespace zoo {

const std::vector<Measure>& measures() {
  using Style = Measure::Style;
  using Place = Measure::Place;
  static const std::vector<Measure> list = {
      {"perplexity", "Perplexity",
       "exp of the mean negative log-probability of each next token of the test text, over the whole vocabulary", true,
       Style::plain, Place::ladder},
      {"cloze", "Cloze",
       "how often the hidden middle word is ranked first among the whole vocabulary, ten words seen on each side",
       false, Style::percent, Place::ladder},
      {"cloze_mrr", "Cloze MRR", "mean of 1 / rank of the hidden word", false, Style::correlation, Place::data},
      {"wordsim353", "WordSim-353", "Spearman's correlation of cosines with people's judgement of relatedness", false,
       Style::correlation, Place::vectors},
      {"simlex999", "SimLex-999", "Spearman's correlation of cosines with people's judgement of similarity", false,
       Style::correlation, Place::vectors},
      {"analogy", "Analogies", "questions a : b = c : ? answered right, of those whose words are in the vocabulary",
       false, Style::percent, Place::vectors},
  };
  return list;
}

const Measure* find_measure(std::string_view name) {
  for (const auto& measure : measures()) {
    if (measure.name == name) return &measure;
  }
  return nullptr;
}

std::string measure_text(const Measure& measure, double value, std::optional<double> deviation) {
  const auto text = [&](double number) {
    switch (measure.style) {
      case Measure::Style::percent:
        return fmt::format("{:.1f}", 100 * number);
      case Measure::Style::correlation:
        return fmt::format("{:.3f}", number);
      default:
        return std::abs(value) < 1000 ? fmt::format("{:.1f}", number) : grouped(number);
    }
  };
  auto out = text(value);
  if (deviation) out += fmt::format(" ± {}", text(*deviation));
  if (measure.style == Measure::Style::percent) out += " %";
  return out;
}

std::string change_text(const Measure& measure, double value, double reference) {
  if (measure_text(measure, value) == measure_text(measure, reference)) return "the same";
  if (measure.style == Measure::Style::percent) {
    return fmt::format("{:.1f} points {}", 100 * std::abs(value - reference), value > reference ? "more" : "fewer");
  }
  if (measure.style == Measure::Style::correlation || reference <= 0 || value <= 0) {
    return fmt::format("{:.3f} {}", std::abs(value - reference), value > reference ? "higher" : "lower");
  }
  const double ratio = value / reference;
  if (ratio >= 2) return fmt::format("{:.1f} times as high", ratio);
  const double percent = 100 * std::abs(ratio - 1);
  return fmt::format("{:.{}f} % {}", percent, percent < 2 ? 1 : 0, ratio > 1 ? "higher" : "lower");
}

std::string grouped(double number) {
  auto text = fmt::format("{:.0f}", std::abs(number));
  for (int place = static_cast<int>(text.size()) - 3; place > 0; place -= 3) {
    text.insert(static_cast<std::size_t>(place), 1, ',');
  }
  if (number <= -0.5) text.insert(0, 1, '-');
  return text;
}

std::string minutes_text(double minutes) {
  if (minutes < 1) return fmt::format("{:.{}f} s", 60 * minutes, minutes * 60 < 10 ? 1 : 0);
  if (minutes < 10) return fmt::format("{:.1f} min", minutes);
  if (minutes < 90) return fmt::format("{:.0f} min", minutes);
  const auto whole = std::lround(minutes);
  return fmt::format("{} h {} min", whole / 60, whole % 60);
}

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) fail("no values to take a mean of");
  Spread spread;
  for (const double value : values) spread.mean += value / static_cast<double>(values.size());
  if (values.size() < 2) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return spread;
}

}  // namespace zoo
