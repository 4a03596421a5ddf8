#include "report/study_parallelism.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/progress.h"
#include "report/measures.h"

namespace zoo {
namespace {

/// With less than this for each training, a comparison is a trial, and the measurement is one too.
constexpr double kTrialMinutes = 0.2;

struct Measured {
  double seconds = 0;
  std::int64_t steps = 0;
};
/// By network and direction, then by length.
using Rows = std::map<std::pair<std::string, std::string>, std::map<std::int64_t, Measured>>;

Rows rows_of(const Json& result) {
  Rows rows;
  for (const auto& row : result.at("rows")) {
    rows[{row.at("network"), row.at("direction")}][row.at("length")] = {row.at("seconds"), row.at("dependent_steps")};
  }
  return rows;
}

std::string title_of(const std::string& network) {
  return network == "lstm" ? "LSTM" : network == "encoder" ? "Encoder" : network;
}

/// "12.3 ms"
std::string time_text(double seconds) {
  return seconds < 1 ? fmt::format("{:.{}f} ms", 1e3 * seconds, seconds < 0.1 ? 2 : 0)
                     : fmt::format("{:.2f} s", seconds);
}

Json lines_chart(const Rows& rows, bool of_steps) {
  Json series = Json::array();
  int colour = 1;
  std::string last;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {  // the LSTM first
    const auto& [key, lengths] = *row;
    const auto& [network, direction] = key;
    const bool training = direction == "training";
    if (of_steps && training) continue;  // there and back is twice the way there
    if (!last.empty() && network != last) ++colour;
    last = network;
    Json points = Json::array();
    for (const auto& [length, measured] : lengths) {
      points.push_back({length, of_steps ? static_cast<double>(measured.steps) : measured.seconds});
    }
    series.push_back({{"title", of_steps ? title_of(network) : fmt::format("{}, {}", title_of(network), direction)},
                      {"colour", colour},
                      {"dashed", training},
                      {"points", std::move(points)}});
  }
  return {{"id", of_steps ? "parallelism-steps" : "parallelism-seconds"},
          {"title", of_steps ? "Steps that wait for one another" : "Time for a text"},
          {"note",
           of_steps ? "forward; in training as many again on the way back" : "both axes logarithmic; lower is better"},
          {"kind", "lines"},
          {"x", {{"title", "words in the text"}, {"log", true}}},
          {"y", {{"title", of_steps ? "dependent steps" : "seconds"}, {"log", true}}},
          {"series", std::move(series)}};
}

const Measured* find(const Rows& rows, const char* network, const char* direction, std::int64_t length) {
  const auto found = rows.find({network, direction});
  if (found == rows.end()) return nullptr;
  const auto at = found->second.find(length);
  return at == found->second.end() ? nullptr : &at->second;
}

/// "3.1 times as fast", told of the encoder.
std::string faster_text(double lstm, double encoder) {
  const auto ratio = encoder <= lstm ? lstm / encoder : encoder / lstm;
  if (ratio < 1.05) return "as fast";
  return fmt::format("{:.{}f} times as {}", ratio, ratio < 10 ? 1 : 0, encoder <= lstm ? "fast" : "slow");
}

Table table_of(const Rows& rows, const Json& result) {
  Table table;
  table.columns = {{.title = "Words"},
                   {.title = "LSTM: steps", .note = "layer applications that wait for one another, forward"},
                   {.title = "Encoder: steps"},
                   {.title = "LSTM: forward"},
                   {.title = "Encoder: forward"},
                   {.title = "LSTM: training"},
                   {.title = "Encoder: training", .note = "forward and backward"}};
  std::map<std::int64_t, bool> lengths;
  for (const auto& [key, of_network] : rows) {
    for (const auto& [length, measured] : of_network) lengths[length] = true;
  }
  for (const auto& [length, unused] : lengths) {
    std::vector<Table::Cell> cells = {{.text = std::to_string(length)}};
    for (const auto* network : {"lstm", "encoder"}) {
      const auto* measured = find(rows, network, "forward", length);
      cells.push_back({.text = measured == nullptr ? "–" : std::to_string(measured->steps)});
    }
    for (const auto* direction : {"forward", "training"}) {
      const auto* lstm = find(rows, "lstm", direction, length);
      const auto* encoder = find(rows, "encoder", direction, length);
      for (const auto* own : {lstm, encoder}) {
        const auto* other = own == lstm ? encoder : lstm;
        const bool best = own != nullptr && other != nullptr && own->seconds < other->seconds;
        cells.push_back({.text = own == nullptr ? "–" : time_text(own->seconds), .best = best});
      }
    }
    table.rows.push_back(std::move(cells));
  }
  const auto parameters = result.value("parameters", Json::object());
  table.notes.push_back(fmt::format(
      "{} layers {} wide; the LSTM has {} parameters and costs O(n·d²) for n words, the blocks have {} and cost "
      "O(n·d² + n²·d); {} {} at once, {} threads, the best of up to {}.",
      result.value("layers", 0), result.value("hidden_size", 0), short_number(parameters.value("lstm", 0.0)),
      short_number(parameters.value("encoder", 0.0)), result.value("batch_size", 0),
      result.value("batch_size", 0) == 1 ? "text" : "texts", result.value("threads", 0), result.value("repeats", 0)));
  std::string left;
  for (const auto& item : result.value("left_out", Json::array())) {
    const auto text = item.get<std::string>();
    left += (left.empty() ? "" : "; ") + text.substr(0, text.find(':'));
  }
  if (!left.empty()) table.notes.push_back(fmt::format("Left out, for they would have taken too long: {}.", left));
  return table;
}

/// From the longest text that both read, and how each grew up to there.
std::string finding_of(const Rows& rows) {
  const auto encoder = rows.find({"encoder", "forward"});
  std::int64_t longest = 0, shortest = 0;
  if (encoder != rows.end()) {
    for (const auto& [length, measured] : encoder->second) {
      if (find(rows, "lstm", "forward", length) == nullptr) continue;
      if (shortest == 0) shortest = length;
      longest = length;
    }
  }
  if (longest == 0) return "Nothing could be measured in the time given.";
  const auto *lstm = find(rows, "lstm", "forward", longest), *block = find(rows, "encoder", "forward", longest);
  auto text = fmt::format(
      "For {} words the LSTM needs {} steps that wait for one another, the encoder blocks {}; they were {} ({} against "
      "{} forward",
      longest, lstm->steps, block->steps, faster_text(lstm->seconds, block->seconds), time_text(block->seconds),
      time_text(lstm->seconds));
  const auto *lstm_training = find(rows, "lstm", "training", longest),
             *block_training = find(rows, "encoder", "training", longest);
  if (lstm_training != nullptr && block_training != nullptr) {
    text += fmt::format(", and in training {}", faster_text(lstm_training->seconds, block_training->seconds));
  }
  text += ").";
  if (shortest < longest) {
    const auto *lstm_short = find(rows, "lstm", "forward", shortest),
               *short_block = find(rows, "encoder", "forward", shortest);
    text += fmt::format(
        " From {} words on, {} times as many took the LSTM {:.0f} times as long and the blocks {:.0f} times.", shortest,
        longest / shortest, lstm->seconds / lstm_short->seconds, block->seconds / short_block->seconds);
  }
  return text;
}

}  // namespace

Json ParallelismStudy::measure(const StudyInput& input) const {
  const bool attends = std::any_of(input.trainings.begin(), input.trainings.end(),
                                   [](const Training& training) { return training.rung.can("attention_maps"); });
  if (!attends) return nullptr;
  std::vector<std::string> words = {"--quiet"};
  if (input.minutes < kTrialMinutes) words.insert(words.end(), {"--max-seconds", "2"});
  return input.answers.ask("zoo-bench-parallelism", words, "");
}

StudyView ParallelismStudy::view(const Json&, const Json& result) const {
  StudyView view;
  const auto rows = rows_of(result);
  view.finding = finding_of(rows);
  view.charts.push_back(lines_chart(rows, false));
  view.charts.push_back(lines_chart(rows, true));
  view.tables.emplace_back("Time for a text, by its length", table_of(rows, result));
  return view;
}

}  // namespace zoo
