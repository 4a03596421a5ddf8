#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "report/compared_text.h"
#include "report/compared_training.h"
#include "report/kept_answers.h"
#include "report/table.h"

namespace zoo {

/// What a study may look at.
struct StudyInput {
  const std::vector<Training>& trainings;  ///< those of `failed` empty have a run folder with weights
  const ComparedText& text;
  std::filesystem::path output;  ///< the comparison's folder: a study keeps its own files in output/studies/NAME
  std::string size;      ///< "small", "brown", …: which models/*/configs suit it, and how much work is fitting
  KeptAnswers& answers;  ///< what sister programs said, kept from call to call
  Json& left_out;        ///< [{"what", "why"}]: what could not be measured
  double minutes = 0;    ///< at most for a training that a study makes itself, over all calls
};

/// What the page and the Markdown show of a study.
struct StudyView {
  std::string finding;                                ///< one or two sentences made from the numbers, whatever they are
  std::vector<std::pair<std::string, Table>> tables;  ///< caption and table
  /// Charts as report_charts makes them ({"id", "title", "note", "kind", …} without "place"), kinds: bars, lines,
  /// scatter, heat; docs/file_formats.md. Ids begin with the study's name.
  Json charts = Json::array();
};

/// One claim of the road, put to the trained models beside the common table: the meanings of a word, tags, ….
class Study {
 public:
  virtual ~Study() = default;
  virtual std::string_view name() const = 0;   ///< its key in report.json's "studies" and its place in the page
  virtual std::string_view title() const = 0;  ///< its heading
  virtual std::string_view claim() const = 0;  ///< what is said to be so, in one sentence, with its source
  /// Measures by running sister programs; null where these models or this text give it nothing to measure (what would
  /// be expected and is missing goes into left_out). Throws Interrupted on Ctrl-C; an Error costs only this study.
  virtual Json measure(const StudyInput& input) const = 0;
  /// `result` is what measure() gave, perhaps read from a file of another version: what it lacks is left out.
  virtual StudyView view(const Json& report, const Json& result) const = 0;
};

/// All of them, in the order of the page.
const std::vector<const Study*>& studies();

/// report.json's "studies": {NAME: result}, those that had something to measure.
Json measure_studies(const StudyInput& input);

}  // namespace zoo
