// A graph of vectors in hnswlib's format: links that lead nowhere, counts that lie.
#include "tests/fuzz/fuzz.h"
#include "vectors/graph_index.h"

namespace {

/// Ten words that lie on a circle, as the kept graph has them.
zoo::EmbeddingTable circle() {
  std::vector<std::string> words;
  std::vector<float> rows;
  for (int i = 0; i < 10; ++i) {
    words.push_back(std::string(1, static_cast<char>('a' + i)));
    rows.push_back(static_cast<float>(i < 5 ? 1 : -1));
    rows.push_back(static_cast<float>(i % 5) - 2);
  }
  return {words, rows, 2};
}

}  // namespace

ZOO_FUZZ(content) {
  static const auto table = circle();
  const auto path = zoo::fuzz_file("a.hnsw", content);
  const auto graph = zoo::GraphIndex::open(path, table, table.size());
  for (std::int64_t row = 0; row < table.size(); ++row) {
    static_cast<void>(graph.nearest({.vectors = zoo::unit_length(table.row(row))}, 10));
  }
}
