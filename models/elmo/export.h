#pragma once

#include <filesystem>
#include <vector>

#include "models/model.h"
#include "tokenizers/tokenizer.h"

namespace zoo::elmo {

/// Writes an ELMo in the public format into `folder`, which is made: weights.hdf5, options.json, and vocabulary.txt, a
/// word a line, for import_elmo(). Its softmax is not part of that format. What import_elmo() reads of it is the same
/// to the bit. Gives the files. Throws Error for a model that reads no letters, and for a folder that holds another
/// model's files.
std::vector<std::filesystem::path> export_elmo(Model& model, const Tokenizer& tokenizer,
                                               const std::filesystem::path& folder);

}  // namespace zoo::elmo
