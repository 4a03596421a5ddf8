#include "report/study_translation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/progress.h"
#include "data/catalog.h"
#include "data/text_reader.h"
#include "report/measures.h"
#include "report/study_training.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// A training of less than this learns next to nothing.
constexpr double kLeastTraining = 0.2;

struct Translator {
  std::string kind;
  Json variant;  ///< "name", "title", "options"
};

/// The first model of the comparison that has a variant which translates.
std::optional<Translator> translator_of(const StudyInput& input) {
  const auto list = input.answers.ask("zoo-train", {"--list"}, "");
  for (const auto& kind : list) {
    const auto translators = kind.value("translators", Json::array());
    const auto compared = [&](const Training& training) { return kind.value("kind", "") == training.rung.model; };
    if (!translators.empty() && std::any_of(input.trainings.begin(), input.trainings.end(), compared)) {
      return Translator{kind.value("kind", ""), translators.front()};
    }
  }
  return std::nullopt;
}

/// models/KIND/configs/translation_SIZE.json, else translation.json, with the variant's options.
Json config_of(const Translator& translator, const std::string& size) {
  Json config = Json::object();
  if (const auto models = models_folder()) {
    for (const auto& name : {fmt::format("translation_{}.json", size), std::string("translation.json")}) {
      const auto file = *models / translator.kind / "configs" / name;
      if (!fs::is_regular_file(file)) continue;
      config = read_json(file);
      break;
    }
  }
  const auto options = translator.variant.value("options", Json::object());
  for (const auto& [name, value] : options.items()) config["model"][name] = value;
  return config;
}

std::vector<std::string> test_lines(const fs::path& file) {
  std::vector<std::string> lines;
  TextReader({file.string()}, Part::test).for_each_line([&](std::string_view line, std::int64_t) {
    lines.emplace_back(line);
  });
  return lines;
}

void write_lines(const std::vector<std::string>& lines, const fs::path& file) {
  AtomicFile out(file);
  for (const auto& line : lines) {
    out.write(line);
    out.write("\n");
  }
  out.commit();
}

/// A sentence short enough to be looked at, from the middle of the test.
std::string sentence_to_show(const fs::path& file) {
  std::vector<std::string> lines;
  TextReader({file.string()}).for_each_line([&](std::string_view line, std::int64_t) { lines.emplace_back(line); });
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& line = lines[(i + lines.size() / 2) % lines.size()];
    const auto spaces = std::count(line.begin(), line.end(), ' ');
    if (spaces >= 5 && spaces <= 9) return line;
  }
  return lines.empty() ? "" : lines.front();
}

/// "▁wor", "ds" → "wor", "·ds": a piece that goes on with a word is marked, in place of those that begin one.
std::vector<std::string> shown_pieces(const std::vector<std::string>& pieces) {
  const std::string begin = "\u2581";
  const bool marked =
      std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.rfind(begin, 0) == 0; });
  std::vector<std::string> shown;
  for (const auto& piece : pieces) {
    if (piece.rfind(begin, 0) == 0) {
      shown.push_back(piece.size() > begin.size() ? piece.substr(begin.size()) : piece);
    } else {
      shown.push_back(marked && piece.rfind('<', 0) != 0 ? "·" + piece : piece);
    }
  }
  return shown;
}

Table scores_table(const Json& result) {
  Table table;
  table.columns = {{.title = "Model", .number = false},
                   {.title = "BLEU", .note = result.value("signature", "")},
                   {.title = "Sentences"},
                   {.title = "Beam"},
                   {.title = "Sentences/s"},
                   {.title = "Parameters"},
                   {.title = "Training"}};
  const auto number = [&](const char* key) { return result.value(key, 0.0); };
  table.rows.push_back({{.text = result.value("title", "")},
                        {.text = fmt::format("{:.1f}", number("bleu"))},
                        {.text = grouped(number("sentences"))},
                        {.text = fmt::format("{:.0f}", number("beam"))},
                        {.text = fmt::format("{:.1f}", number("sentences_per_second"))},
                        {.text = short_number(number("parameters"))},
                        {.text = minutes_text(number("minutes"))}});
  table.notes = {fmt::format("{}; the same words and sentences give sacrebleu the same number. Its training ended: {}.",
                             result.value("signature", ""), result.value("ended", ""))};
  return table;
}

Table samples_table(const Json& samples) {
  Table table;
  table.columns = {{.title = "English", .number = false},
                   {.title = "Reference", .number = false},
                   {.title = "Translation", .number = false}};
  for (const auto& sample : samples) {
    table.rows.push_back({{.text = sample.value("source", "")},
                          {.text = sample.value("reference", "")},
                          {.text = sample.value("translation", "")}});
  }
  return table;
}

}  // namespace

std::int64_t write_test_pairs(const fs::path& source, const fs::path& target, std::int64_t most,
                              const fs::path& source_out, const fs::path& target_out) {
  const auto from = test_lines(source), to = test_lines(target);
  if (from.size() != to.size()) {
    fail("{} and {}: their test parts have {} and {} lines; get the dataset anew", source.string(), target.string(),
         from.size(), to.size());
  }
  std::vector<std::string> kept_from, kept_to;
  const auto all = std::ssize(from), count = std::min(all, most);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i * all / count);
    kept_from.push_back(from[at]);
    kept_to.push_back(to[at]);
  }
  make_folder(source_out.parent_path());
  write_lines(kept_from, source_out);
  write_lines(kept_to, target_out);
  return all;
}

Json cross_attention_of(const Json& maps) {
  for (const auto& attention : maps.value("attentions", Json::array())) {
    if (attention.value("name", "") != "cross") continue;
    const auto queries = attention.at("queries").get<std::vector<std::string>>();
    const auto& heads = attention.at("layers").back();
    Json values = Json::array();
    for (std::size_t i = 0; i < queries.size(); ++i) {
      Json row = Json::array();
      for (std::size_t j = 0; j < attention.at("keys").size(); ++j) {
        double sum = 0;
        for (const auto& head : heads) sum += head.at(i).at(j).is_null() ? 0 : head.at(i).at(j).get<double>();
        row.push_back(std::round(1e4 * sum / static_cast<double>(heads.size())) / 1e4);
      }
      values.push_back(std::move(row));
    }
    // At each word the decoder makes the next: the row is told by what came of it.
    std::vector<std::string> made(queries.begin() + 1, queries.end());
    made.emplace_back("</s>");
    return {{"source", maps.value("text", "")},
            {"rows", shown_pieces(made)},
            {"columns", shown_pieces(attention.at("keys"))},
            {"values", std::move(values)},
            {"heads", heads.size()},
            {"layer", attention.at("layers").size()}};
  }
  return nullptr;
}

Json TranslationStudy::measure(const StudyInput& input) const {
  if (input.minutes <= 0) return nullptr;  // nothing here translates
  const auto translator = translator_of(input);
  if (!translator) return nullptr;
  if (input.minutes < kLeastTraining) {
    input.left_out.push_back(
        {{"what", title()},
         {"why", fmt::format("its share, {}, is too short to learn a language; give more --minutes",
                             minutes_text(input.minutes))}});
    return nullptr;
  }
  const auto source = dataset_file("bible", "bible.en.txt"), target = dataset_file("bible", "bible.fr.txt");
  const auto folder = input.output / "studies" / "translation";
  const auto config = config_of(*translator, input.size);
  const auto texts = sha256_of_file(source) + sha256_of_file(target);
  const StudyTraining training = {
      .model = translator->kind,
      .title = translator->variant.value("title", translator->kind),
      .folder = folder / "run",
      .config = config,
      .texts = {"--source", source.string(), "--target", target.string()},
      .key = sha256(Json({{"model", translator->kind}, {"config", config}, {"texts", texts}}).dump()),
      .minutes = input.minutes};
  Json result = {{"kind", training.model}, {"title", training.title}, {"source", "English"}, {"target", "French"}};
  result.update(train_for_study(training));
  const bool small = input.size == "small";
  const auto test_source = folder / "test.en.txt", test_target = folder / "test.fr.txt";
  result["test_pairs"] = write_test_pairs(source, target, small ? 150 : 2000, test_source, test_target);
  const auto weights = sha256_of_file(RunFolder::open(training.folder).weights_file());
  const auto key = training.key + weights;
  auto scores =
      input.answers.ask("zoo-evaluate",
                        {"--model", training.folder.string(), "--task", "translation", "--input", test_source.string(),
                         "--reference", test_target.string(), "--beam", small ? "1" : "4", "--shown", "6", "--quiet"},
                        key + sha256_of_file(test_source) + sha256_of_file(test_target));
  for (const auto* name : {"task", "model", "input", "reference"}) scores.erase(name);
  result.update(scores);
  const auto sentence = sentence_to_show(test_source);
  result["attention"] = cross_attention_of(input.answers.ask(
      "zoo-attention", {"--model", training.folder.string(), "--text", sentence, "--attention", "cross", "--quiet"},
      key));
  return result;
}

StudyView TranslationStudy::view(const Json&, const Json& result) const {
  StudyView view;
  view.finding = fmt::format(
      "After {} of training, the {} puts {} verses of chapters that it has not seen into {} with BLEU {:.1f}.",
      minutes_text(result.value("minutes", 0.0)), result.at("title").get<std::string>(),
      grouped(result.value("sentences", 0.0)), result.value("target", ""), result.at("bleu").get<double>());
  view.tables.emplace_back("How well and how fast", scores_table(result));
  if (const auto samples = result.value("samples", Json::array()); !samples.empty()) {
    view.tables.emplace_back("Verses of the test, spread evenly over it", samples_table(samples));
  }
  const auto attention = result.value("attention", Json());
  if (attention.is_object()) {
    view.charts.push_back(
        {{"id", "translation-attention"},
         {"title", "Where the decoder looks as it writes"},
         {"note", fmt::format("a row for each piece it makes; mean over the {} heads of block {}, its last",
                              attention.value("heads", 0), attention.value("layer", 0))},
         {"kind", "heat"},
         {"rows", attention.at("rows")},
         {"columns", attention.at("columns")},
         {"values", attention.at("values")}});
  }
  return view;
}

}  // namespace zoo
