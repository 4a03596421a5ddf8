#pragma once

#include <string>

#include "base/json.h"
#include "evaluation/embed_output.h"
#include "evaluation/layer_choice.h"

namespace zoo {

/// What a line's words know of the lines before it, for models that carry a state (ELMo's LSTMs).
enum class CarriedState {
  reset,   ///< nothing: each line is read by itself, and its vectors depend on nothing else
  warm,    ///< as carried, behind a first reading of the first batch, whose vectors are thrown away
  carried  ///< line i + N goes on from where line i stopped, N lines being read together; at first there is nothing
};

struct EmbedSettings {
  bool pretokenised = false;  ///< words are what stands between spaces, else what the tokenizer cuts
  CarriedState state = CarriedState::reset;
  std::int64_t batch_size = 32;  ///< N; where nothing is carried, lines of about the same length are read together
  bool mean = false;             ///< one vector a line (SentenceVectors::means), whatever the layer; nothing is carried
  bool unit = false;             ///< of length 1
};

/// Reads every line of `input` (a file, a folder, "-", .gz), those without words too, and writes the vectors of its
/// words. Lines without words are passed over by a carried state. Shows progress. Returns {"lines", "words",
/// "lines_without_words", "unknown_words", "lines_in_parts"}. Throws Error naming file and line (not UTF-8, binary,
/// more words than can be read at once, no line at all), Interrupted on Ctrl-C; then nothing is written.
Json embed(const SentenceVectors& vectors, const Tokenizer& tokenizer, const LayerChoice& layer,
           const std::string& input, const EmbedSettings& settings, EmbedOutput& output);

}  // namespace zoo
