#pragma once

#include <string>
#include <vector>

#include "data/tag_lexicon.h"
#include "models/model.h"

namespace zoo {

/// Gives each word of a text a tag, from vectors that another model makes. A Model that can is a Tagging too:
/// `dynamic_cast<const Tagging*>(&model)`.
class Tagging {
 public:
  virtual ~Tagging() = default;
  virtual const std::vector<std::string>& tags() const = 0;  ///< [T]
  /// vectors [N, L, D] float32 of the N words of some sentences, one after the other, and how many words each has
  /// (lengths [S] int64, their sum is N; undefined: one sentence) → scores [N, T], higher is likelier. No gradient, no
  /// dropout.
  virtual Tensor tag_scores(const Tensor& vectors, const Tensor& lengths) const = 0;
  Tensor tag_scores(const Tensor& vectors) const { return tag_scores(vectors, Tensor()); }
  virtual std::int64_t layers() const = 0;  ///< L
  virtual std::int64_t width() const = 0;   ///< D
  /// The words that it was trained on, with their tags.
  virtual const TagLexicon& lexicon() const = 0;
};

}  // namespace zoo
