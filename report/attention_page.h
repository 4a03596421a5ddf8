#pragma once

#include <string>

#include "base/json.h"

namespace zoo {

/// A self-contained page of attention weights: choose a layer and a head, point at a word to see where it looks.
///   {"model": "runs/transformer", "text": "the play was long",
///    "attentions": [{"name": "encoder", "queries": [WORD, …], "keys": [WORD, …],
///                    "layers": [[[[WEIGHT or null, … a key each], … a query each], … a head each], … a layer each]}]}
/// Throws Error where there is nothing to show or a matrix has not a row for each query and a weight for each key.
std::string attention_page(const Json& maps);

}  // namespace zoo
