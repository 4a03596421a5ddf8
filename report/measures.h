#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// One number by which models are compared: a column of the tables, a key of report.json's rows.
struct Measure {
  enum class Style { plain, percent, correlation };
  std::string name;   ///< "perplexity": its key in report.json
  std::string title;  ///< "Perplexity"
  std::string brief;  ///< what it is, in one line
  bool lower_is_better = false;
  Style style = Style::plain;
  /// Where it is shown: in the table and among the ladders, among the scores of word vectors, or in the JSON alone.
  enum class Place { ladder, vectors, data } place = Place::ladder;
};

/// All of them, in the order of the columns. A row lacks those that its model cannot have.
const std::vector<Measure>& measures();
/// nullptr if there is none of that name.
const Measure* find_measure(std::string_view name);

/// "287.4", "18.3 %", "0.412"; with a deviation "287.4 ± 1.2".
std::string measure_text(const Measure& measure, double value, std::optional<double> deviation = {});

/// "8 % lower", "twice as high": `value` against `reference`, both of one measure. Percentages and correlations are
/// told as a difference in points ("3.1 points more").
std::string change_text(const Measure& measure, double value, double reference);

/// "1,161,192".
std::string grouped(double number);
/// "0.3 min", "12 min", "8 s", "1 h 20 min".
std::string minutes_text(double minutes);

/// Mean and sample deviation (n − 1) of what several seeds gave. `deviation` is absent for fewer than two values.
struct Spread {
  double mean = 0;
  std::optional<double> deviation;
};
/// `values` must not be empty.
Spread spread_of(const std::vector<double>& values);

}  // namespace zoo
