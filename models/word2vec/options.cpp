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
  f("storage", storage,
    "how the matrices lie in memory while training: float16 takes half of its traffic, updates are calculated in "
    "float32 and rounded stochastically; what is saved is float32")
      .choices({"float32", "float16"});
  f("dim", dim, "components D of a vector").range(1, 1 << 14);
  f("window", window, "the most words looked at on each side; each word draws its own width up to it").range(1, 100);
  f("negative", negative, "noise words K for each true one").range(1, 100);
  f("noise_exponent", noise_exponent, "noise words are drawn as count to this power").range(-4, 4);
  f("sample", sample, "threshold t above which frequent words are thinned out; 0: never").range(0, 1);
  f("cbow_mean", cbow_mean, "CBOW averages the neighbours' vectors; false: adds them");
  f("epochs", epochs, "passes over the text").range(1, 100000);
  f("learning_rate", learning_rate,
    "at the start, falling in a line to 1/10000 of it; 0: 0.05, but 0.025 for skip-gram in exact mode, with paths or "
    "trained by gradient")
      .range(0, 0.5);
  f("init_range", init_range,
    "input rows start uniform in ±init_range/dim; 0: 0.5 as in word2vec.c, but 2 for CBOW outside exact mode "
    "(not with paths, nor trained by gradient), and 1 with n-grams as in fastText")
      .range(0, 64);
  f("min_n", min_n, "characters of the shortest n-gram, '<' before and '>' behind the word counted").range(1, 100);
  f("max_n", max_n,
    "characters of the longest; 6 and min_n 3 are fastText's: a word's vector is the mean of its own row and its "
    "n-grams'; 0: no n-grams")
      .range(0, 100);
  f("buckets", buckets, "rows that all n-grams share, by their hash").range(1, 1 << 30);
  f("replicas", replicas,
    "several threads: so many of the most used rows of each matrix are copied for each thread and merged now and then, "
    "for cores that are far apart; costs some loss; 0: none")
      .range(0, 1 << 24);
  f("merge_every", merge_every,
    "blocks of about 1,000 kept words that each of two threads trains between merges of its copies; fewer where there "
    "are more threads or the text is short")
      .range(1, 1 << 20);
  f("average_every", average_every,
    "several processes: blocks of 2048 tokens that each trains before the rows they touched are merged")
      .range(1, 1 << 20);
}

double Word2VecOptions::start_rate() const {
  if (learning_rate > 0) return learning_rate;
  if (cbow() || subwords().any()) return 0.05;
  return mode == "exact" || hierarchical() || gradient() ? 0.025 : 0.05;
}

double Word2VecOptions::start_range() const {
  if (init_range > 0) return init_range;
  if (subwords().any()) return 1;
  return cbow() && mode != "exact" && !hierarchical() && !gradient() ? 2 : 0.5;
}

void Word2VecOptions::check() const {
  if (subwords().any()) {
    if (gradient()) {
      fail_usage("model.max_n: n-grams are trained by hand-written updates only. Take trainer hogwild, or max_n 0.");
    }
    if (cbow() && !cbow_mean) {
      fail_usage(
          "model.cbow_mean: the rows of n-grams are averaged, not added. Leave cbow_mean true, or take max_n 0.");
    }
  } else if (max_n > 0) {
    fail_usage("model.max_n: {} is below min_n {}; fastText's are 3 and 6, and 0 means no n-grams", max_n, min_n);
  }
  if (gradient() && halves()) {
    fail_usage("model.storage: float16 is trained by hand-written updates only. Take trainer hogwild, or float32.");
  }
  if (gradient() && hierarchical()) {
    fail_usage(
        "model.objective: hierarchical-softmax is trained by hand-written updates only. Take trainer hogwild, or "
        "negative-sampling.");
  }
}

}  // namespace zoo::word2vec
