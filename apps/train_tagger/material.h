#pragma once

#include <memory>
#include <optional>

#include "apps/train_tagger/options.h"
#include "evaluation/word_features.h"

namespace zoo {

/// All that the shares have in common.
struct Material {
  TaggedText train, valid, test;  ///< training sentences in the order in which they were drawn
  std::unique_ptr<VectorSource> source;
  std::optional<WordFeatures> of_train, of_valid, of_test;
};

Material material_of(const TaggerRunOptions& options);

}  // namespace zoo
