#pragma once

#include <map>
#include <optional>

#include "tokenizers/huggingface.h"
#include "tokenizers/plain_json.h"

namespace zoo {

// What the readers of huggingface.h share.

bool is_there(const std::filesystem::path& file);
/// The file as an object, or an empty one where there is none.
PlainJson read_if_there(const std::filesystem::path& file);
/// {"piece": id, …} → pieces by id. Throws Error naming `file` for ids that are no numbers, doubled or too many.
std::vector<std::string> pieces_by_id(const PlainJson& vocabulary, const PlainJson& added, std::int64_t rows,
                                      const std::filesystem::path& file);
/// An entry that is a text or an object with "content".
std::optional<std::string> token_text(const PlainJson& object, const char* key);
/// A truth value, or `otherwise` where it is missing or null. Throws Error for anything else.
bool truth(const PlainJson& object, const char* key, bool otherwise, const std::filesystem::path& file);

}  // namespace zoo
