#pragma once

#include "models/start_vectors.h"
#include "models/word2vec/options.h"
#include "models/word2vec/weights.h"

namespace zoo::word2vec {

/// Throws Error unless the vectors are as wide as the weights.
void check_start(const StartVectors& start, const Weights& weights);

/// Gives the words of `start` their rows, after initialise(). Words' vectors are then the given ones; with n-grams the
/// own row takes what the n-grams' rows leave over. From a run of Word2Vec output rows come too, where both were
/// trained against noise words (a Huffman tree is another one for each text), and if both have the same n-grams, their
/// rows and the words' own as they are.
void start_weights(const StartVectors& start, const Word2VecOptions& options, Weights& weights);

}  // namespace zoo::word2vec
