#include "evaluation/abilities.h"

#include <fmt/ranges.h>

#include <algorithm>

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
    case Ability::context_vectors:
      return "gives words no vectors of their sentence";
    case Ability::translation:
      return "does not translate";
    case Ability::attention_maps:
      return "has no attention to show";
  }
  return "";
}

bool can(const Model& model, Ability ability) {
  switch (ability) {
    case Ability::next_word:
      return model.next_word() != nullptr;
    case Ability::cloze:
      return model.cloze() != nullptr;
    case Ability::word_vectors:
      return model.word_vectors() != nullptr;
    case Ability::context_vectors:
      return model.context_vectors() != nullptr;
    case Ability::translation:
      return model.translation() != nullptr;
    case Ability::attention_maps:
      return model.attention_maps() != nullptr;
  }
  return false;
}

std::string models_that_can(const std::vector<const ModelKind*>& kinds, Ability ability) {
  constexpr std::int64_t kWords = 16;
  const auto one = sample_vocabulary(kWords);
  auto two = one;
  two.source_size = kWords;
  std::vector<std::string> able;
  for (const ModelKind* kind : kinds) {
    const auto some_can = [&](const std::vector<Variant>& variants, const VocabularyFacts& vocabulary) {
      return std::any_of(variants.begin(), variants.end(), [&](const Variant& variant) {
        Json options = variant.options;
        options.update(kind->tiny_options());
        return can(*kind->create(options, vocabulary), ability);
      });
    };
    if (some_can(kind->variants(), one) || some_can(kind->translators(), two)) able.emplace_back(kind->name());
  }
  return able.empty() ? "none" : fmt::format("{}", fmt::join(able, ", "));
}

void fail_without(Ability ability, const std::string& name, const std::vector<const ModelKind*>& kinds) {
  fail("{} {}; models that can: {}", name, ability_text(ability), models_that_can(kinds, ability));
}

}  // namespace zoo
