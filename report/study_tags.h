#pragma once

#include "report/study.h"

namespace zoo {

/// "Replace W → e": a small part-of-speech tagger fed by each model's vectors, on Brown's tags, with 1 %, 10 % and all
/// of the training sentences. Result: {"input", "max_sentences", "sources": [{"name", "title", "in_context", "width",
/// "layers", "shares": [{"share", "sentences", "words", "accuracy", "accuracy_on_unseen", "accuracy_on_ambiguous",
/// "baseline_accuracy", …, "mix"}]}]}: shares of 1, on the test part.
const Study& tags_study();

}  // namespace zoo
