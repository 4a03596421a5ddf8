#include "models/word2vec/options.h"

#include "base/error.h"

namespace zoo::word2vec {

void Word2VecOptions::fields(Fields& f) {
  f("architecture", architecture, "predict each word from each neighbour, or from their mean")
      .choices({"skip-gram", "cbow"});
  f("objective", objective, "noise words beside the true one, or a path through a Huffman tree")
      .choices({"negative-sampling", "hierarchical-softmax"});
  f("mode", mode,
    "shared: a window's pairs share their noise words; exact: each pair has its own, as in word2vec.c; "
    "deterministic: shared, and the same bytes for any number of threads")
      .choices({"shared", "exact", "deterministic"});
  f("trainer", trainer, "hand-written updates on all threads, or automatic gradients in batches")
      .choices({"hogwild", "gradient"});
  f("dim", dim, "components D of a vector").range(1, 1 << 14);
  f("window", window, "the most words looked at on each side; each word draws its own width up to it").range(1, 100);
  f("negative", negative, "noise words K for each true one").range(1, 100);
  f("noise_exponent", noise_exponent, "noise words are drawn as count to this power").range(-4, 4);
  f("sample", sample, "threshold t above which frequent words are thinned out; 0: never").range(0, 1);
  f("cbow_mean", cbow_mean, "CBOW averages the neighbours' vectors; false: adds them");
  f("epochs", epochs, "passes over the text").range(1, 100000);
  f("learning_rate", learning_rate,
    "at the start, falling in a line to 1/10000 of it; 0: 0.025 for skip-gram, 0.05 for CBOW")
      .range(0, 0.5);
}

void Word2VecOptions::check() const {
  if (gradient() && hierarchical()) {
    fail_usage(
        "model.objective: hierarchical-softmax is trained by hand-written updates only. Take trainer hogwild, or "
        "negative-sampling.");
  }
}

}  // namespace zoo::word2vec
