#pragma once

#include <filesystem>
#include <string>

#include "formats/embedding_table.h"

namespace zoo {

/// What TensorFlow's Embedding Projector loads: in `folder` (made if it is missing) vectors.tsv (D columns, no header),
/// metadata.tsv (a word a line, no header, as the Projector wants it for one column) and projector_config.json, which
/// names both. Warns above 100,000 rows, which the Projector cannot show.
void write_projector(const std::filesystem::path& folder, const EmbeddingTable& table, const std::string& title);

}  // namespace zoo
