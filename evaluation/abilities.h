#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/model.h"

namespace zoo {

/// What a task asks of a model, by its name in messages.
enum class Ability { next_word, cloze, word_vectors, context_vectors, translation, attention_maps };
std::string_view ability_text(Ability ability);

/// Whether this model, as configured, can do it.
bool can(const Model& model, Ability ability);

/// "ngram, nnlm": the kinds of which some variant can do it, found by making a tiny one of each.
std::string models_that_can(const std::vector<const ModelKind*>& kinds, Ability ability);

/// Throws Error that says what the model `name` lacks and which models have it.
[[noreturn]] void fail_without(Ability ability, const std::string& name, const std::vector<const ModelKind*>& kinds);

}  // namespace zoo
