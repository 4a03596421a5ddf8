#include "apps/nearest/batch.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "data/line_source.h"
#include "data/text_files.h"

namespace zoo {
namespace {

constexpr std::size_t kTogether = 256;  ///< questions that are answered in one reading of the rows

/// A question and where it stands.
struct Line {
  std::string name;
  std::int64_t number;
  std::string text;
};

class Batch {
 public:
  Batch(const NeighbourSearch& search, const BatchOptions& batch, const AnswerOptions& options)
      : search_(search), batch_(batch), options_(options) {}

  void add(Line line) {
    lines_.push_back(std::move(line));
    if (lines_.size() == kTogether) answer_lines();
  }
  void finish() {
    answer_lines();
    if (skipped_ > 0) log_warning(fmt::format("{} of {} questions have no answer", skipped_, asked_));
    if (asked_ == 0) fail("{}: holds no question", batch_.file);
  }

 private:
  void answer_lines() {
    if (interrupted()) throw Interrupted("stopped by Ctrl-C; what was answered has been printed");
    std::vector<Question> questions;
    std::vector<std::string> errors(lines_.size());
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      try {
        questions.push_back(question_of(batch_.ask, lines_[i].text));
      } catch (const Error& error) {
        errors[i] = error.what();
      }
    }
    auto answers = answer(search_, questions, options_);
    std::size_t next = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const auto given = errors[i].empty() ? std::move(answers[next++]) : Answer{{}, {}, errors[i]};
      print(lines_[i], given);
    }
    std::fflush(stdout);
    lines_.clear();
  }

  void print(const Line& line, const Answer& given) {
    ++asked_;
    if (!given.error.empty()) {
      if (!batch_.skip_unknown) fail("{}: line {}: {}", line.name, line.number, given.error);
      ++skipped_;
    }
    if (!batch_.json) {
      fmt::print("{}", given.error.empty() ? given.text : fmt::format("line {}: {}\n", line.number, given.error));
      return;
    }
    Json object = {{"line", line.number}};
    if (given.error.empty()) {
      object.update(given.json);
    } else {
      object.update({{"query", line.text}, {"error", given.error}});
    }
    fmt::print("{}\n", object.dump(-1, ' ', false, Json::error_handler_t::replace));
  }

  const NeighbourSearch& search_;
  const BatchOptions& batch_;
  const AnswerOptions& options_;
  std::vector<Line> lines_;
  std::int64_t asked_ = 0, skipped_ = 0;
};

}  // namespace

void answer_file(const NeighbourSearch& search, const BatchOptions& batch, const AnswerOptions& options) {
  std::vector<TextFile> files = {{"standard input", "/dev/stdin", 0}};
  if (batch.file != "-") files = expand_inputs({batch.file});
  LineSource source(files);
  Batch answering(search, batch, options);
  TextBlock block;
  while (source.next(block)) {
    auto number = block.first_line;
    for (const auto& line : block.lines) {
      const auto text = block.line(line);
      if (!is_blank(text)) answering.add({files[block.file].name, number, std::string(text)});
      ++number;
    }
  }
  answering.finish();
}

}  // namespace zoo
