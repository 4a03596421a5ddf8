#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace zoo {

/// A self-contained page of attention weights: choose an attention, a layer and a head (or the mean or the largest of
/// them), see it as a heat map or as lines, point at a weight or a word; special tokens can be left out and pieces
/// joined to words; pictures are saved as SVG and PNG.
///   {"model": "runs/transformer", "text": "the play was long",
///    "attentions": [{"name": "encoder", "queries": [TOKEN, …], "keys": [TOKEN, …],
///                    "query_special": [false, …], "key_special": [false, …],      marks of begin and end; may be left
///                    out "query_words": [0, 0, 1, …], "key_words": [0, 0, 1, …],      whose piece a token is; may be
///                    left out "layers": [[[[WEIGHT or null, … a key each], … a query each], … a head each], … a layer
///                    each]}]}
/// Throws Error where there is nothing to show, or a matrix or list has not one entry for each token it tells of.
std::string attention_page(const Json& maps);

/// For each token the number of the word that it is a piece of, counted from 0. Pieces are told by the marks of their
/// tokenizers: ▁ or Ġ before a word, ## within one; tokens without any such mark are words of their own, and so is a
/// special one.
std::vector<std::int64_t> word_numbers(const std::vector<std::string>& tokens, const std::vector<bool>& special);

}  // namespace zoo
