#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "formats/embedding_table.h"
#include "vectors/row_scan.h"

namespace zoo {

/// Nearest rows by cosine, nearly always the right ones, from a look at a small part of them: a hierarchical navigable
/// small-world graph (Malkov & Yashunin 2018), hnswlib's. Its file is hnswlib's own, of unit vectors in the space of
/// inner products, labelled by their rows, so that other programs open it too. It holds a copy of the vectors.
class GraphIndex {
 public:
  /// Of those of the first `count` rows that have a direction; `threads` 0: all cores. With several the graph, though
  /// not its quality, differs from time to time. Throws Error where there are none or too many (2^32), Interrupted.
  static GraphIndex build(const EmbeddingTable& table, std::int64_t count, int threads = 0);
  /// Throws Error naming the file: cut short, damaged, or made of other vectors than the table's first `count` rows.
  static GraphIndex open(const std::filesystem::path& path, const EmbeddingTable& table, std::int64_t count);
  ~GraphIndex();
  GraphIndex(GraphIndex&&) noexcept;

  /// Appears under its name when it is whole. Throws Error (disk full, no permission).
  void save(const std::filesystem::path& path) const;

  /// The most rows that a search keeps in mind: with more it finds the right ones more often, and takes longer.
  void set_candidates(std::int64_t candidates);
  /// What a scan of all rows would answer, or nearly so, for a query of the score cosine. Safe from several threads.
  std::vector<Neighbour> nearest(const RowQuery& query, std::int64_t top) const;

 private:
  struct Graph;
  explicit GraphIndex(std::unique_ptr<Graph> graph);
  std::unique_ptr<Graph> graph_;
};

}  // namespace zoo
