#pragma once

#include <string>

#include "apps/nearest/questions.h"

namespace zoo {

struct BatchOptions {
  std::string file;  ///< a question a line; "-": standard input; .gz too
  Ask ask = Ask::nearest;
  bool skip_unknown = false, json = false;
};

/// Answers a file of questions, some hundreds at a time, and prints the answers in the order of the lines: with `json`
/// an object a line. Empty lines are passed over. Throws Error that names file and line at the first question without
/// an answer; with `skip_unknown` its error stands in its place.
void answer_file(const NeighbourSearch& search, const BatchOptions& batch, const AnswerOptions& options);

}  // namespace zoo
