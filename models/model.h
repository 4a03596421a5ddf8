#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fields.h"
#include "batches/batch.h"
#include "data/corpus.h"
#include "data/examples.h"
#include "models/layers/attention.h"
#include "models/precision.h"

namespace zoo {

// Where tensors lie. A model's weights lie on one device, and so does what it computes on the way. What goes into its
// abilities and into its loss (batches, words, lengths, targets) is on the CPU, and what comes out of its abilities is
// there again; a loss's sum stays on the device, for the way back. So whoever asks a model need not know where it is.

/// Named tensors: all that model.safetensors holds, with PyTorch-style names.
using Parts = std::vector<std::pair<std::string, Tensor>>;

/// What one unit of a Loss is: nats a token, a context–word pair, …. Only Unit::token makes a perplexity, and only
/// through NextWord::score.
enum class Unit { token, pair };
struct Loss {
  Tensor sum;          ///< a scalar, with a gradient; nats
  std::int64_t count;  ///< how many units were summed
  Unit unit;
};

/// What is carried along a stream from batch to batch (an LSTM's state, an n-gram's last words): passed in and out,
/// never hidden in a module. Empty at first; a model makes what it needs, ids on the CPU and numbers on its device, and
/// takes a state that comes from elsewhere. First dimension of each: slots.
using State = std::vector<Tensor>;

/// Trained by gradient: the trainer's side of a model.
class Differentiable {
 public:
  virtual ~Differentiable() = default;
  virtual Examples examples() const = 0;
  virtual torch::nn::Module& module() = 0;  ///< its parameters, its train() and eval()
  /// Parameters that take no weight decay (the paper's biases), by name.
  virtual bool decays(std::string_view parameter) const = 0;
  virtual Loss loss(const Batch& batch, State& state) = 0;
  /// Parameters that may be left without a gradient, each with the reason.
  virtual std::vector<std::pair<std::string, std::string>> parameters_without_gradient() const { return {}; }
};

/// What a self-trained model tells of its last slice of work.
struct SliceReport {
  double loss_sum = 0;  ///< nats over this slice, in double precision; 0 where nothing is minimised
  std::int64_t loss_count = 0;
  std::int64_t tokens_done = 0;  ///< from the start of training, so that a resumed run goes on counting
  std::int64_t tokens_total = 0;
  double epoch = 0;          ///< epochs done, fractions allowed
  double learning_rate = 0;  ///< 0 where there is none
  bool finished = false;
};

/// Trains itself, in slices: n-gram counts, Word2Vec's Hogwild. Its driver gives it metrics, progress, a budget,
/// checkpoints and --resume; parts() and cursor() are all of its state.
class SelfTrained {
 public:
  virtual ~SelfTrained() = default;
  /// Builds what is derived from the corpus (tables, counts). The corpus outlives training.
  virtual void begin(const Corpus& corpus, std::uint64_t seed, int threads) = 0;
  /// Works for about a second, then reports; returns earlier at the end or when interrupted().
  virtual SliceReport advance() = 0;
  /// Where training stands, beside parts(); restore() goes on from there, after begin() with the same arguments.
  virtual Json cursor() const = 0;
  virtual void restore(const Json& cursor) = 0;
  /// Mean loss on other text by the training's own objective, where that has a meaning.
  virtual std::optional<Loss> held_out(const Corpus& corpus) = 0;
};

/// Gives each word of a text a probability after those before it.
class NextWord {
 public:
  virtual ~NextWord() = default;
  /// Natural-log probabilities of batch.target given all that stands before, [B, T] float; 0 where kIgnored.
  /// The batch is one of Streams{…, forward}; `state` goes from one call to the next. No gradient. Exact: for each
  /// context the probabilities of all V words sum to one.
  virtual Tensor score(const Batch& batch, State& state) const = 0;
  /// The whole distribution after each row of `context` [B, T] (kEnd before a text's start): [B, V] float,
  /// natural-log probabilities.
  virtual Tensor next(const Tensor& context) const = 0;
  /// The same for a text that grows: [B, V] after the words [B, T] that follow those which `state` has read. The words
  /// of a first call, with an empty state, begin with kEnd. The default reads all of the text again each time; a model
  /// that can go on from where it was replaces it.
  virtual Tensor advance(const Tensor& words, State& state) const;
};

/// Ranks the candidates for a missing word.
class Cloze {
 public:
  virtual ~Cloze() = default;
  /// left, right [B, R] int64: the words before and after, nearest to the gap last and first respectively, kPad where
  /// the text ends. Returns scores [B, V], higher is likelier; they need not be probabilities.
  virtual Tensor cloze(const Tensor& left, const Tensor& right) const = 0;
  /// True if `right` is not looked at: the tables say so.
  virtual bool left_only() const = 0;
};

/// One vector a word, whatever it means.
class WordVectors {
 public:
  virtual ~WordVectors() = default;
  virtual Tensor vectors() const = 0;                 ///< [V, D] float32, rows by token id
  virtual std::string word_vectors_part() const = 0;  ///< its name among parts(), for readers without torch
};

/// Sentences whose words are to get vectors, without marks of their begin and end.
struct WordRows {
  Tensor words;    ///< [B, T] int64, kPad behind each row's end
  Tensor lengths;  ///< [B] int64, at most T; 0 for an empty sentence
  /// The same words as they were written, or nothing. A model that reads letters takes from here those that its
  /// vocabulary lacks (kUnknown).
  std::vector<std::vector<std::string>> spellings;
};

/// A vector for each word in its sentence: the same word gets different ones in different sentences.
class ContextVectors {
 public:
  virtual ~ContextVectors() = default;
  /// Names of the L layers, lowest first: "token", "lstm 1", …
  virtual std::vector<std::string> context_layers() const = 0;
  virtual std::int64_t context_width() const = 0;  ///< D
  /// [L, B, T, D] float32, zeros behind each row's end; no gradient. An empty `state` reads each row by itself; one
  /// that comes from the call before goes on from there, row b where row b stopped. Models that carry nothing leave
  /// it empty.
  virtual Tensor context_vectors(const WordRows& rows, State& state) const = 0;
};

/// Turns a sentence into one of another language, word by word: all that a search needs.
class Translation {
 public:
  virtual ~Translation() = default;
  virtual std::int64_t longest_source() const = 0;  ///< tokens, kEnd included
  virtual std::int64_t longest_target() const = 0;  ///< tokens, kEnd included
  virtual std::int64_t target_size() const = 0;     ///< V of the target language
  /// Reads sources [B, S] int64, each closed by kEnd, kPad behind; lengths [B]. Every tensor of the state has one row a
  /// sentence, so that a search picks and repeats rows by index_select. No gradient. Throws Error where S is too much.
  virtual State encode(const Tensor& source, const Tensor& lengths) const = 0;
  /// One word further: words [B] int64, kBegin first. Returns natural-log probabilities of the next one, [B, V].
  virtual Tensor step(const Tensor& words, State& state) const = 0;
};

/// Shows who looked at whom.
class AttentionMaps {
 public:
  virtual ~AttentionMaps() = default;
  virtual std::vector<std::string> attentions() const = 0;  ///< "encoder", "decoder", "cross": those it has
  /// What the attention of each layer works on while the batch is read: input [B, T] and lengths [B], for a translation
  /// other_input [B, S] too. No gradient. Throws Error for a name that attentions() lacks.
  virtual std::vector<AttentionTrace> attention_traces(const Batch& batch, std::string_view attention) const = 0;
  /// The weights that follow from it: [L, H, B, T, S], a row for each word that looks.
  Tensor attention_weights(const Batch& batch, std::string_view attention) const;
};

/// What a model is; what it can do is asked for and may be absent for this configuration: the accessor returns null.
class Model {
 public:
  virtual ~Model() = default;
  virtual Json options() const = 0;
  /// Tensors that share the model's memory: reading them saves it, writing into them (same shapes) loads it.
  virtual Parts parts() = 0;
  /// Takes parts as they were saved. The default copies each into the tensor of its name and throws Error naming any
  /// that is missing, unknown or misshapen; a model whose parts' sizes come from the data replaces it.
  virtual void load_parts(const Parts& saved);
  /// Before training starts: starts weights anew from the seed.
  virtual void initialise(std::uint64_t seed) = 0;

  /// For inference only: lays weights out anew, in these numbers, so that what is asked from now on is answered faster.
  /// Training or loading it afterwards changes nothing that it says. False where the model has no such numbers; the
  /// default knows float32 and does nothing.
  virtual bool prepare(Precision precision) { return precision == Precision::fp32; }

  /// Moves the weights, and all that is derived from them, to that device; parts() are what lies there. False where it
  /// computes on the CPU alone and stays. The default moves differentiable()'s module, where there is one.
  virtual bool to(torch::Device device);

  virtual Differentiable* differentiable() { return nullptr; }
  virtual SelfTrained* self_trained() { return nullptr; }
  // What a trained model is asked. Several threads may ask one model at once, each with a State of its own, as long as
  // none trains or loads it meanwhile.
  virtual const NextWord* next_word() const { return nullptr; }
  virtual const Cloze* cloze() const { return nullptr; }
  virtual const WordVectors* word_vectors() const { return nullptr; }
  virtual const ContextVectors* context_vectors() const { return nullptr; }
  virtual const Translation* translation() const { return nullptr; }
  virtual const AttentionMaps* attention_maps() const { return nullptr; }
};

/// What a model must know of its vocabulary.
struct VocabularyFacts {
  std::int64_t size = 0;                 ///< V, special tokens included; in translation the target language's
  std::vector<std::int64_t> counts;      ///< [V] in the training text; empty when a saved model is loaded
  std::vector<std::string> pieces = {};  ///< [V] how each token is written, for models that read letters
  std::int64_t source_size = 0;          ///< of the source language in translation; 0 where there is one language
};

/// A vocabulary of that size whose words are numbers and equally frequent: for a model that is made only to be asked
/// what it is and can do.
VocabularyFacts sample_vocabulary(std::int64_t size);

/// A row of a comparison: the options that make it, on top of the model's own defaults.
struct Variant {
  std::string name;   ///< "skip-gram"; the model's own name where there is only one
  std::string title;  ///< "Word2Vec skip-gram"
  Json options;       ///< {"architecture": "skip-gram"}
};

/// A model's entry in the generated table.
class ModelKind {
 public:
  virtual ~ModelKind() = default;
  virtual std::string_view name() const = 0;   ///< its folder under models/
  virtual std::string_view title() const = 0;  ///< "Neural probabilistic language model (Bengio et al. 2003)"
  virtual int step() const = 0;                ///< place on the road: n-gram 0, NNLM 10, Word2Vec 20, …
  virtual std::vector<Variant> variants() const = 0;
  /// Variants that no comparison shows, yet the tests that every model must pass hold too: other ways of training.
  virtual std::vector<Variant> other_variants() const { return {}; }
  /// Options for its --help and for strict reading: an owner whose fields() point into it.
  class Options {
   public:
    virtual ~Options() = default;
    virtual void fields(Fields& fields) = 0;
  };
  virtual std::unique_ptr<Options> default_options() const = 0;
  /// What it can be beside those: it reads two texts and so is no row of a comparison on one.
  virtual std::vector<Variant> translators() const { return {}; }
  /// Training settings that suit it ({"batch_size": 256, "learning_rate": 0.001}), before config and flags.
  virtual Json training_defaults() const { return Json::object(); }
  /// Options that make a model of a few thousand parameters, for the tests that every model must pass
  /// (tests/contract): sizes only, on top of a variant's own.
  virtual Json tiny_options() const { return Json::object(); }
  /// `options` from default_options(), set. Throws UsageError for combinations that cannot be.
  virtual std::unique_ptr<Model> create(const Options& options, const VocabularyFacts& vocabulary) const = 0;

  std::unique_ptr<Model> create(const Json& options, const VocabularyFacts& vocabulary) const;
};

}  // namespace zoo
