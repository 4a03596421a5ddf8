#pragma once

#include "models/ngram/counts.h"
#include "models/ngram/parts.h"

namespace zoo::ngram {

/// levels.K.words, .first_child, .counts, .held_out: tensors that share the counts' memory. Dropped arrays are left
/// out.
Parts parts_of(Counts& counts);

/// Takes them back. Throws Error naming the tensor that is missing or cannot be true.
Counts counts_from(SavedParts& saved, int order, std::int64_t vocabulary);

}  // namespace zoo::ngram
