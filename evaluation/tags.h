#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/word_features.h"
#include "models/tagging.h"

namespace zoo {

/// How many words got their tag: of all, of those that the training text lacks ("unseen"), and of those that have
/// several tags there ("ambiguous"). Beside it the baseline: each word's most frequent tag in the training text,
/// for an unseen word the most frequent tag of all words.
struct TagScores {
  struct Share {
    std::int64_t words = 0, right = 0, baseline_right = 0;
  };
  Share all, unseen, ambiguous;
  /// {"words", "accuracy", "unseen_words", "accuracy_on_unseen", "ambiguous_words", "accuracy_on_ambiguous",
  /// "baseline_accuracy", "baseline_accuracy_on_unseen", "baseline_accuracy_on_ambiguous"}: shares of 1, null where
  /// there are no such words.
  Json to_json() const;
};

/// `features` are those of the text's words. A tag that the tagger does not know is never right.
TagScores score_tags(const Tagging& tagger, const WordFeatures& features, const TaggedText& text);

/// visit() gets the scores [n, T] of the words at `places` [n], some whole sentences after the other. `sentences`: the
/// first word of each, then N, as in TaggedText.
void for_tag_scores(const Tagging& tagger, const WordFeatures& features, std::span<const std::uint64_t> sentences,
                    const std::function<void(const Tensor& places, const Tensor& scores)>& visit);

/// Which tag each word gets: [N] int64.
Tensor predicted_tags(const Tagging& tagger, const WordFeatures& features, std::span<const std::uint64_t> sentences);

struct TagTask {
  std::filesystem::path model;
  std::vector<std::string> input;
  Part part = Part::test;
  std::string vectors;  ///< where the vectors lie now; empty: where they lay when the tagger was trained
};

/// A tagger's run on a tagged text. Throws Error for a run that is no tagger, and for vectors that are not those which
/// it was trained on.
Json evaluate_tags(const TagTask& task, ModelKinds kinds);

}  // namespace zoo
