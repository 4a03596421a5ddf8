#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "data/tagged_text.h"
#include "models/saved_model.h"

namespace zoo {

/// Vectors of the N words of a text, L of them each, read once and kept.
class WordFeatures {
 public:
  /// Word i has the vectors table[rows[i]]: table [R, L, D] float32, rows [N] int64.
  WordFeatures(Tensor table, Tensor rows) : table_(std::move(table)), rows_(std::move(rows)) {}
  /// Word i has the vectors table[i]: [N, L, D], float16 or float32.
  explicit WordFeatures(Tensor table) : table_(std::move(table)) {}

  std::int64_t size() const { return rows_.defined() ? rows_.size(0) : table_.size(0); }  ///< N
  std::int64_t layers() const { return table_.size(1); }                                  ///< L
  std::int64_t width() const { return table_.size(2); }                                   ///< D
  /// places [n] int64 → [n, L, D] float32.
  Tensor at(const Tensor& places) const;
  /// Mean and deviation of each number over the first `count` words, [L, D] each; a number that never changes has
  /// deviation 1.
  std::pair<Tensor, Tensor> moments(std::int64_t count) const;

 private:
  Tensor table_, rows_;
};

struct VectorChoice {
  std::string from;           ///< a run folder, a file of word vectors, or "random"
  std::string layer = "mix";  ///< "mix" (all), "average", a layer's number or name
  std::int64_t random_width = 128, random_seed = 1;
  std::shared_ptr<const Tokenizer> random_words{};  ///< which words random vectors tell apart
};

/// Vectors that a task trains on together with its own network.
class TrainableSource {
 public:
  virtual ~TrainableSource() = default;
  /// As VectorSource::features() of these sentences' words, one after the other, [N, L, D], with a gradient.
  virtual Tensor vectors(const TaggedText& text, std::span<const std::int64_t> sentences) = 0;
  virtual Parts parameters() = 0;         ///< those that vectors() may have a gradient for
  virtual void train(bool training) = 0;  ///< dropout, where the model has any
  /// Writes what they have become as a run of its model. Throws Error.
  virtual void save(const std::filesystem::path& folder) = 0;
};

/// In the run of a task that trained its vectors, the folder where they are a run of their own.
inline constexpr const char* kFineTuned = "fine_tuned";

/// What gives words their vectors: W → e. A word that the tokenizer cuts into pieces has the mean of theirs; one that
/// the vocabulary lacks has <unk>'s, but a model that reads letters reads its letters.
class VectorSource {
 public:
  virtual ~VectorSource() = default;
  /// Reads all words, context models sentence by sentence, each by itself; a state is not carried on. Shows progress;
  /// throws Interrupted on Ctrl-C. Time and memory grow with N: of a context model one forward pass and N · L · D
  /// numbers of float16, of word vectors one number a word.
  virtual WordFeatures features(const TaggedText& text) = 0;
  virtual std::vector<std::string> layers() const = 0;             ///< names of the L that features() gives
  virtual bool in_context() const = 0;                             ///< the same word gets different vectors
  virtual std::shared_ptr<const Tokenizer> tokenizer() const = 0;  ///< null for a file of vectors
  /// {"from", "kind", "sha256" of the weights}: enough to see that it is the same again.
  virtual Json facts() const = 0;
  /// Null for vectors that cannot be trained on: a file's, random ones, a Transformer's.
  virtual TrainableSource* trainable() { return nullptr; }
};

/// Throws Error for what is missing, cut short or has no vectors, UsageError for a layer that it lacks.
std::unique_ptr<VectorSource> open_vector_source(const VectorChoice& choice, ModelKinds kinds);

}  // namespace zoo
