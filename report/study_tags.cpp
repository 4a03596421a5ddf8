#include "report/study_tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "report/summary.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kShares = "0.01,0.1,1";

/// The tags of the comparison's text: the file that `zoo data get brown` writes beside brown.txt.
std::optional<fs::path> tagged_file(const ComparedText& text) {
  if (text.inputs.size() != 1) return std::nullopt;
  const fs::path input = text.inputs[0];
  if (input.filename() != "brown.txt") return std::nullopt;
  return input.parent_path() / "brown.tagged.txt";
}

Json source_of(const std::string& name, const std::string& title, const Json& answer) {
  Json source = {{"name", name},
                 {"title", title},
                 {"in_context", answer.at("in_context")},
                 {"width", answer.at("width")},
                 {"layers", answer.at("layers")},
                 {"tags", answer.at("tags")},
                 {"shares", Json::array()}};
  for (const auto& share : answer.at("shares")) {
    Json row = {{"share", share.at("share")}, {"sentences", share.at("sentences")}, {"train_words", share.at("words")}};
    row.update(share.at("test"));
    if (!share.at("mix").is_null()) row["mix"] = share.at("mix");
    source["shares"].push_back(std::move(row));
  }
  return source;
}

std::optional<double> number_of(const Json& row, const char* key) {
  const auto found = row.find(key);
  return found == row.end() || !found->is_number() ? std::nullopt : std::optional(found->get<double>());
}

/// What a source got at its i-th share.
std::optional<double> accuracy(const Json& source, std::size_t i, const char* key = "accuracy") {
  const auto shares = source.value("shares", Json::array());
  return i < shares.size() ? number_of(shares[i], key) : std::nullopt;
}

std::string percent(std::optional<double> share) { return share ? fmt::format("{:.1f} %", 100 * *share) : "–"; }

/// The source with the highest number at a share; null where none has one.
template <class Counts>
const Json* best_of(const Json& sources, std::size_t share, const char* key, Counts counts) {
  const Json* best = nullptr;
  for (const auto& source : sources) {
    if (!counts(source) || !accuracy(source, share, key)) continue;
    if (best == nullptr || *accuracy(source, share, key) > *accuracy(*best, share, key)) best = &source;
  }
  return best;
}

bool is_random(const Json& source) { return source.value("name", "") == "random"; }
bool in_context(const Json& source) { return source.value("in_context", false); }
std::string title_of(const Json& source) { return source.value("title", source.value("name", "")); }

std::size_t share_count(const Json& sources) {
  std::size_t count = 0;
  for (const auto& source : sources) count = std::max(count, source.value("shares", Json::array()).size());
  return count;
}

std::string share_title(const Json& sources, std::size_t i) {
  for (const auto& source : sources) {
    const auto shares = source.value("shares", Json::array());
    if (i >= shares.size()) continue;
    const auto share = number_of(shares[i], "share").value_or(0);
    return share >= 1 ? "all" : fmt::format("{:g} %", 100 * share);
  }
  return "";
}

std::string finding(const Json& sources) {
  const auto count = share_count(sources);
  const auto any = [](const Json&) { return true; };
  std::string text;
  const Json* random = nullptr;
  for (const auto& source : sources) {
    if (is_random(source)) random = &source;
  }
  for (const std::size_t i : {std::size_t{0}, count - 1}) {
    if (i != 0 && count == 1) break;
    const auto* best = best_of(sources, i, "accuracy", any);
    if (best == nullptr) continue;
    text += text.empty() ? "With " : "; with ";
    text += i == count - 1 ? std::string("all training sentences ")
                           : fmt::format("{} of the training sentences ", share_title(sources, i));
    text += fmt::format("a tagger on the vectors of {} gets {} of the test words right", title_of(*best),
                        percent(accuracy(*best, i)));
    if (random != nullptr && random != best && accuracy(*random, i)) {
      text += fmt::format(", on random vectors {}", percent(accuracy(*random, i)));
    }
  }
  if (!text.empty()) text += ".";
  const auto lookup = [&](std::size_t i) { return accuracy(sources.at(0), i, "baseline_accuracy"); };
  if (lookup(0) && lookup(count - 1)) {
    text += fmt::format(
        " Without vectors, each word's most frequent tag gets {}",
        count == 1 ? percent(lookup(0)) : fmt::format("{} and {}", percent(lookup(0)), percent(lookup(count - 1))));
    text += ".";
  }
  const char* key = "accuracy_on_ambiguous";
  const auto* context = best_of(sources, count - 1, key, in_context);
  const auto* fixed = best_of(sources, count - 1, key, [](const Json& s) { return !in_context(s); });
  if (context != nullptr && fixed != nullptr) {
    const auto with = *accuracy(*context, count - 1, key), without = *accuracy(*fixed, count - 1, key);
    text += fmt::format(" On words with several tags vectors of the word in its sentence ({}) get {}, ",
                        title_of(*context), percent(with));
    text += with > without   ? fmt::format("{:.1f} points more than the best", 100 * (with - without))
            : with < without ? fmt::format("{:.1f} points less than the best", 100 * (without - with))
                             : std::string("as much as the best");
    text += fmt::format(" that are the same in every sentence ({}).", title_of(*fixed));
  }
  return text;
}

/// "lstm 1 48 %, token 30 %, …", the heaviest first.
std::string mix_text(const Json& source) {
  const auto shares = source.value("shares", Json::array());
  const auto mix = shares.empty() ? Json::object() : shares.back().value("mix", Json::object());
  std::vector<std::pair<double, std::string>> weights;
  for (const auto& [layer, weight] : mix.items()) {
    if (weight.is_number()) weights.emplace_back(weight.get<double>(), layer);
  }
  std::stable_sort(weights.begin(), weights.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [weight, layer] : weights) {
    text += fmt::format("{}{} {:.0f} %", text.empty() ? "" : ", ", layer, 100 * weight);
  }
  return text;
}

Table table_of(const Json& result) {
  const auto& sources = result.at("sources");
  const auto count = share_count(sources);
  struct Column {
    std::size_t share;
    const char *key, *baseline;
  };
  std::vector<Column> numbers;
  Table table;
  table.columns.push_back({"Vectors", false});
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back({i, "accuracy", "baseline_accuracy"});
    table.columns.push_back({share_title(sources, i), true, "share of the training sentences"});
  }
  numbers.push_back({count - 1, "accuracy_on_unseen", "baseline_accuracy_on_unseen"});
  table.columns.push_back({"unseen words", true, "that the training sentences lack; with all of them"});
  numbers.push_back({count - 1, "accuracy_on_ambiguous", "baseline_accuracy_on_ambiguous"});
  table.columns.push_back({"ambiguous words", true, "that have several tags in training; with all sentences"});
  const auto row_of = [&](const std::string& title, const Json& source, bool baseline) {
    std::vector<Table::Cell> row = {{title}};
    for (const auto& column : numbers) {
      const auto value = accuracy(source, column.share, baseline ? column.baseline : column.key);
      Table::Cell cell{percent(value)};
      if (value) cell.share = *value;
      const auto* best = best_of(sources, column.share, column.key, [](const Json&) { return true; });
      cell.best = !baseline && value && best != nullptr && *value == *accuracy(*best, column.share, column.key);
      row.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  };
  row_of("each word's most frequent tag, no vectors", sources.at(0), true);
  for (const auto& source : sources) row_of(title_of(source), source, false);
  const auto most = number_of(result, "max_sentences").value_or(0);
  if (most > 0) table.notes.push_back(fmt::format("\"all\" are {:.0f} training sentences here, for every row.", most));
  for (const auto& source : sources) {
    const auto mix = mix_text(source);
    if (!mix.empty())
      table.notes.push_back(fmt::format("{}: the tagger mixes its layers as {}.", title_of(source), mix));
  }
  return table;
}

Json chart_of(const Json& report, const Json& result) {
  const auto names = rung_names(report);
  Json series = Json::array();
  for (const auto& source : result.at("sources")) {
    const auto found = std::find(names.begin(), names.end(), source.value("name", ""));
    Json points = Json::array();
    for (const auto& share : source.value("shares", Json::array())) {
      const auto words = number_of(share, "train_words"), right = number_of(share, "accuracy");
      if (words && right) points.push_back({*words, 100 * *right});
    }
    series.push_back({{"title", title_of(source)}, {"colour", found - names.begin()}, {"points", points}});
  }
  return {{"id", "tags-learning"},
          {"title", "Words tagged right, by how much tagged text there was"},
          {"note", "higher is better"},
          {"kind", "lines"},
          {"x", {{"title", "tagged words to learn from"}, {"log", true}}},
          {"y", {{"title", "test words right, %"}, {"log", false}}},
          {"series", series}};
}

class TagsStudy : public Study {
 public:
  std::string_view name() const override { return "tags"; }
  std::string_view title() const override { return "The vectors in another task: parts of speech"; }
  std::string_view claim() const override {
    return "A model's vectors can stand where another task has its step from word to vector, and vectors of the word "
           "in "
           "its sentence serve it better than one vector a word (Peters et al. 2018).";
  }

  Json measure(const StudyInput& input) const override {
    const auto tagged = tagged_file(input.text);
    if (!tagged) return nullptr;
    const auto leave_out = [&](const std::string& what, const std::string& why) {
      log_warning(fmt::format("{}: {}", what, why));
      input.left_out.push_back({{"what", what}, {"why", why}});
    };
    if (!fs::is_regular_file(*tagged)) {
      leave_out(std::string(title()), fmt::format("{} is not there; zoo data get brown writes it", tagged->string()));
      return nullptr;
    }
    const bool small = input.size != "brown" && input.size != "paper";
    const auto key = sha256_of_file(*tagged) + input.text.tokenizer->fingerprint();
    Json sources = Json::array();
    const auto add = [&](const std::string& name, const std::string& title, std::vector<std::string> vectors,
                         const std::string& weights) {
      std::vector<std::string> words = {"--input", tagged->string(), "--share", kShares, "--test", "--replace"};
      words.insert(words.end(), {"--seed", "1", "--quiet"});
      words.insert(words.end(), {"--output", (input.output / "studies" / "tags" / name).string()});
      if (small) words.insert(words.end(), {"--max-sentences", "8000", "--epochs", "6", "--min-steps", "1000"});
      words.insert(words.end(), vectors.begin(), vectors.end());
      log_info(fmt::format("   {}", title));
      try {
        sources.push_back(source_of(name, title, input.answers.ask("zoo-train-tagger", words, key + weights)));
      } catch (const Interrupted&) {
        throw;
      } catch (const Error& error) {
        leave_out(fmt::format("{}, tags", title), error.what());
      } catch (const Json::exception&) {
        leave_out(fmt::format("{}, tags", title), "zoo-train-tagger answered otherwise; build it anew");
      }
    };
    const auto has_vectors = [&](const Training& training) {
      if (training.seed != 1 || !training.failed.empty()) return false;
      if (!training.rung.can("word_vectors") && !training.rung.can("context_vectors")) return false;
      const auto run = RunFolder::open(training.folder);
      return fs::exists(run.weights_file()) && run.tokenizer()->fingerprint() == input.text.tokenizer->fingerprint();
    };
    std::vector<const Training*> asked;
    for (const auto& training : input.trainings) {
      if (has_vectors(training)) asked.push_back(&training);
    }
    if (asked.empty()) return nullptr;
    std::stable_sort(asked.begin(), asked.end(),
                     [](const auto* a, const auto* b) { return a->rung.step < b->rung.step; });
    add("random", "Random vectors", {"--vectors", "random", "--tokenizer", input.text.tokenizer_folder.string()}, "");
    for (const auto* training : asked) {
      add(training->rung.name, training->rung.title, {"--vectors", training->folder.string(), "--layer", "mix"},
          sha256_of_file(RunFolder::open(training->folder).weights_file()));
    }
    if (sources.empty()) return nullptr;
    return {{"input", tagged->string()}, {"max_sentences", small ? 8000 : 0}, {"sources", sources}};
  }

  StudyView view(const Json& report, const Json& result) const override {
    StudyView view;
    const auto sources = result.value("sources", Json::array());
    if (!sources.is_array() || sources.empty() || share_count(sources) == 0) return view;
    view.finding = finding(sources);
    view.tables.emplace_back("Test words tagged right by a small tagger fed by these vectors", table_of(result));
    view.charts.push_back(chart_of(report, result));
    return view;
  }
};

}  // namespace

const Study& tags_study() {
  static const TagsStudy study;
  return study;
}

}  // namespace zoo
