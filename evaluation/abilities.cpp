#include "evaluation/abilities.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace zoo {

std::string_view ability_text(Ability ability) {
  switch (ability) {
    case Ability::next_word:
      return "gives no probability of the next word";
    case Ability::cloze:
      return "cannot rank a missing word";
    case Ability::word_vectors:
      return "has no word vectors";
  }
  return "";
}

bool can(Model& model, Ability ability) {
  switch (ability) {
    case Ability::next_word:
      return model.next_word() != nullptr;
    case Ability::cloze:
      return model.cloze() != nullptr;
    case Ability::word_vectors:
      return model.word_vectors() != nullptr;
  }
  return false;
}

std::string models_that_can(const std::vector<const ModelKind*>& kinds, Ability ability) {
  constexpr std::int64_t kWords = 16;
  const VocabularyFacts vocabulary{kWords, std::vector<std::int64_t>(kWords, 1)};
  std::vector<std::string> able;
  for (const ModelKind* kind : kinds) {
    for (const Variant& variant : kind->variants()) {
      Json options = variant.options;
      options.update(kind->tiny_options());
      if (!can(*kind->create(options, vocabulary), ability)) continue;
      able.emplace_back(kind->name());
      break;
    }
  }
  return able.empty() ? "none" : fmt::format("{}", fmt::join(able, ", "));
}

void fail_without(Ability ability, const std::string& name, const std::vector<const ModelKind*>& kinds) {
  fail("{} {}; models that can: {}", name, ability_text(ability), models_that_can(kinds, ability));
}

}  // namespace zoo
