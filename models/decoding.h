#pragma once

#include <memory>

#include "models/model.h"

namespace zoo {

/// Translations under way. Each row is one of them and grows by a word a step; a search keeps several of a sentence.
class Decoding {
 public:
  virtual ~Decoding() = default;
  /// words [R] int64: what each row goes on with, kBegin first. Returns natural-log probabilities of the next one,
  /// [R, V]. No gradient.
  virtual Tensor step(const Tensor& words) = 0;
  /// Goes on with rows [R'] int64 of those there were: some are left out, others stand there several times.
  virtual void pick(const Tensor& rows) = 0;
};

/// What a translation model is beside Translation if it has a faster way than a State: it keeps what it has read of
/// each row in a form of its own.
class Decodes {
 public:
  virtual ~Decodes() = default;
  /// Reads sources [B, S] int64, each closed by kEnd, kPad behind; lengths [B]. The translations begin with one row a
  /// sentence, in this order. No gradient. Throws Error where S is too much.
  virtual std::unique_ptr<Decoding> decode(const Tensor& source, const Tensor& lengths) const = 0;
};

/// The model's own way of decoding, or else its State, picked tensor by tensor. Must not outlive the model.
std::unique_ptr<Decoding> decode(const Translation& model, const Tensor& source, const Tensor& lengths);

}  // namespace zoo
