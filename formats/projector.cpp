#include "formats/projector.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "formats/vector_words.h"

namespace zoo {

void write_projector(const std::filesystem::path& folder, const EmbeddingTable& table, const std::string& title) {
  constexpr std::int64_t kShown = 100'000;
  if (table.size() > kShown) {
    log_warning(fmt::format("{} words: the Embedding Projector shows at most {}; --top {} exports the most frequent",
                            table.size(), kShown, kShown));
  }
  make_folder(folder);
  AtomicFile vectors(folder / "vectors.tsv");
  std::vector<float> vector(static_cast<std::size_t>(table.dimension()));
  for (std::int64_t row = 0; row < table.size(); ++row) {
    table.copy_row(row, vector.data());
    vectors.write(fmt::format("{}\n", fmt::join(vector, "\t")));
  }
  vectors.commit();
  write_words(folder / "metadata.tsv", table);
  write_json(folder / "projector_config.json", {{"embeddings",
                                                 {{{"tensorName", title},
                                                   {"tensorShape", {table.size(), table.dimension()}},
                                                   {"tensorPath", "vectors.tsv"},
                                                   {"metadataPath", "metadata.tsv"}}}}});
}

}  // namespace zoo
