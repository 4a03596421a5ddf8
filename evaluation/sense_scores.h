#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace zoo {

/// How many occurrences of each sense of one lemma were asked, and how many got it, [S] each.
struct SenseScore {
  std::vector<std::int64_t> asked;
  std::vector<std::int64_t> nearest;        ///< by the nearest known occurrence
  std::vector<std::int64_t> centroid;       ///< by the nearest mean of a sense's occurrences, each of length 1
  std::vector<std::int64_t> most_frequent;  ///< by the sense that most known ones have: no vector is looked at
};

/// Vectors asked [n, D] and known [m, D], by cosine, their senses as numbers from 0. Known ones that are equally near
/// (within 1e-6) vote, and ties go to the sense that is more frequent among all known: so a vector that is the same in
/// every sentence answers the most frequent sense. Without `known`, each is asked with all others known.
SenseScore score_senses(const torch::Tensor& asked, const std::vector<std::int64_t>& asked_senses,
                        const std::optional<torch::Tensor>& known = {},
                        const std::vector<std::int64_t>& known_senses = {});

/// One lemma's {"nearest", "centroid"}: shares of all asked.
Json shares_of(const SenseScore& score);

/// A rule's accuracy over all lemmas.
class SenseAccuracy {
 public:
  /// Of one lemma, sense by sense.
  void add(const std::vector<std::int64_t>& right, const std::vector<std::int64_t>& asked);
  /// {"micro": of all asked, "per_sense": the mean over all lemmas' senses, "per_lemma": the mean over lemmas}.
  Json to_json() const;

 private:
  std::int64_t right_ = 0, asked_ = 0, senses_ = 0, lemmas_ = 0;
  double of_senses_ = 0, of_lemmas_ = 0;
};

/// A table of what was asked of all lemmas, its rows in the order in which they first come.
class SenseTable {
 public:
  void add(const std::string& row, const SenseScore& score);
  Json to_json() const;  ///< {ROW: {"nearest", "centroid": as of SenseAccuracy}}

 private:
  struct Row {
    std::string name;
    SenseAccuracy nearest, centroid;
  };
  std::vector<Row> rows_;
};

}  // namespace zoo
