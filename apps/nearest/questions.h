#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "vectors/neighbours.h"

namespace zoo {

/// What zoo nearest can be asked.
enum class Ask { nearest, analogy, odd, similarity, distance, vector };
const std::vector<std::string>& ask_names();
Ask ask_named(std::string_view name);

/// One question: a word; three words; words; two words or texts; numbers.
struct Question {
  Ask ask;
  std::vector<std::string> parts;
};
/// A line of a file of questions. Throws Error that says what such a line must hold.
Question question_of(Ask ask, std::string_view line);

struct Answer {
  Json json;
  std::string text;   ///< for the eye, whole lines
  std::string error;  ///< why there is no answer: one line
};

struct AnswerOptions {
  std::int64_t top = 10;
  AnalogyMethod method = AnalogyMethod::add;
  int threads = 0;  ///< 0: all cores
};

/// Answers them together: the rows are read once for all. One that cannot be answered has its error set.
std::vector<Answer> answer(const NeighbourSearch& search, std::span<const Question> questions,
                           const AnswerOptions& options);

}  // namespace zoo
