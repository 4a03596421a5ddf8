#include "models/saved_model.h"

#include <fmt/ranges.h>

#include "base/error.h"

namespace zoo {

const ModelKind& find_kind(std::string_view name, ModelKinds kinds) {
  std::vector<std::string> names;
  for (const auto* kind : kinds) {
    if (kind->name() == name) return *kind;
    names.emplace_back(kind->name());
  }
  const auto near = nearest_spelling(name, names);
  fail_usage("'{}' is no model of the zoo{}; known: {}", name, near ? fmt::format("; did you mean '{}'?", *near) : "",
             fmt::join(names, ", "));
}

std::unique_ptr<Model> create_from_config(const Json& config, const ModelKind& kind,
                                          const VocabularyFacts& vocabulary) {
  auto options = config.at("model");
  options.erase("kind");
  return kind.create(options, vocabulary);
}

}  // namespace zoo
