#pragma once

#include <vector>

#include "base/json.h"
#include "models/model.h"

namespace zoo {

/// What each model is and can do, for programs without LibTorch: [{"kind", "title", "step", "variants": [{"name",
/// "title", "options", "abilities": ["next_word", "cloze", "word_vectors", "context_vectors", …], "trains_itself"}]}].
Json list_models(const std::vector<const ModelKind*>& table);

}  // namespace zoo
