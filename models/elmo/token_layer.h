#pragma once

#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/elmo/character_cnn.h"
#include "models/model.h"

namespace zoo::elmo {

/// Words' own vectors, whatever stands around them: the notes' E1. Parameters: "characters" (CharacterCnn), or
/// "embedding.weight" [V, P] where options.token_layer is words.
struct TokenLayerImpl : torch::nn::Module {
  /// Throws Error if the words are to be read by their letters and `vocabulary` does not say how they are written.
  TokenLayerImpl(const ElmoOptions& options, const VocabularyFacts& vocabulary);

  /// words, ids of any shape […], on the CPU → […, P]. With gradients the character network runs once for each distinct
  /// word among them; without, vectors are taken from table().
  Tensor forward(const Tensor& words);
  /// The vector of each vocabulary entry, [V, P]; no gradient. Made when first needed and again when parameters have
  /// changed. kBegin and kEnd are ELMo's marks of a sentence's begin and end.
  Tensor table();
  /// What is in the table now is right: it was loaded together with the parameters.
  void trust_table();
  /// Vectors of words by their letters, [U, P]. For words that the vocabulary lacks. Without gradients those of words
  /// that were asked for before are still there, until a parameter changes or they are too many.
  Tensor spelled(const std::vector<std::string>& words);
  void initialise(at::Generator& random);
  using Module::to;
  void to(torch::Device device, bool non_blocking) override;

  CharacterCnn characters{nullptr};
  torch::nn::Embedding embedding{nullptr};

 private:
  Tensor ids_of(std::span<const std::string> words) const;  ///< [U, K] int16
  Tensor in_chunks(const Tensor& ids);                      ///< [U, K] → [U, P], a bounded number of words at a time
  std::int64_t version() const;                             ///< grows with every change of a parameter

  std::mutex making_;  ///< held while table_ and spelled_ are made or looked up: several threads may ask one model
  std::int64_t max_characters_;
  Tensor spellings_;                                 ///< [V, K] int16, on the CPU
  Tensor table_;                                     ///< [V, P]
  std::int64_t table_version_ = -1;                  ///< of the parameters from which the table was made
  std::unordered_map<std::string, Tensor> spelled_;  ///< [P] each, of words that the vocabulary lacks
  std::int64_t spelled_version_ = -1;                ///< of the parameters from which those were made
};
TORCH_MODULE(TokenLayer);

/// Running text as the forward model reads it: a line's end (kEnd) is the begin of the next (kBegin). The backward
/// model reads it as it is.
Tensor as_read_forward(const Tensor& words);

}  // namespace zoo::elmo
