#include "vectors/graph_index.h"

// Without its own vector code, which reads a link behind the end of a list to prefetch what it leads to: dot_products()
// is as fast on any machine.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <atomic>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "vectors/dot_products.h"
#include "vectors/graph_file.h"

namespace zoo {
namespace {

constexpr std::size_t kLinks = 16;        ///< M of the paper
constexpr std::size_t kCandidates = 200;  ///< efConstruction
constexpr std::size_t kSeed = 1;
constexpr std::int64_t kCompared = 256;  ///< rows that tell whether a file was made of the same vectors

/// 1 − cosine of unit vectors.
class Cosine : public hnswlib::SpaceInterface<float> {
 public:
  explicit Cosine(std::int64_t dimension) : dimension_(dimension) {}
  std::size_t get_data_size() override { return static_cast<std::size_t>(dimension_) * sizeof(float); }
  hnswlib::DISTFUNC<float> get_dist_func() override { return apart; }
  void* get_dist_func_param() override { return &dimension_; }

 private:
  static float apart(const void* one, const void* other, const void* dimension) {
    const auto* row = static_cast<const std::byte*>(other);
    float cosine = 0;
    dot_products(&row, 1, static_cast<const float*>(one), 1, *static_cast<const std::int64_t*>(dimension), &cosine);
    return 1 - cosine;
  }
  std::int64_t dimension_;
};

}  // namespace

struct GraphIndex::Graph {
  Cosine space;
  hnswlib::HierarchicalNSW<float> links;

  Graph(std::int64_t dimension, std::size_t elements)
      : space(dimension), links(&space, elements, kLinks, kCandidates, kSeed) {}
  Graph(std::int64_t dimension, const std::filesystem::path& path, std::size_t elements)
      : space(dimension), links(&space, path.string(), false, elements) {}
};

GraphIndex::GraphIndex(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
GraphIndex::~GraphIndex() = default;
GraphIndex::GraphIndex(GraphIndex&&) noexcept = default;

GraphIndex GraphIndex::build(const EmbeddingTable& table, std::int64_t count, int threads) {
  std::vector<std::int64_t> rows;
  const auto norms = table.norms(count);
  for (std::int64_t row = 0; row < count; ++row) {
    const auto norm = norms[static_cast<std::size_t>(row)];
    if (norm > 0 && std::isfinite(norm)) rows.push_back(row);
  }
  if (rows.empty()) fail("no vector has a direction: there is nothing to make a graph of");
  if (rows.size() > UINT32_MAX) fail("a graph holds at most 2^32 vectors, not {}; take --restrict", rows.size());
  auto graph = std::make_unique<Graph>(table.dimension(), rows.size());
  Progress progress("making the graph", static_cast<double>(rows.size()), "vectors");
  std::atomic<std::size_t> next = 1;
  const auto add = [&](std::size_t i) {
    const auto unit = unit_length(table.row(rows[i]));
    graph->links.addPoint(unit.data(), static_cast<hnswlib::labeltype>(rows[i]));
  };
  add(0);
  run_on_threads(threads > 0 ? threads : available_threads(), [&](int thread) {
    while (!interrupted()) {
      const auto i = next++;
      if (i >= rows.size()) break;
      add(i);
      if (thread == 0) progress.update(static_cast<double>(i));
    }
  });
  if (interrupted()) throw Interrupted("stopped; no graph was written");
  progress.update(static_cast<double>(rows.size()));
  return GraphIndex(std::move(graph));
}

void GraphIndex::save(const std::filesystem::path& path) const {
  auto part = path;
  part += ".part";
  try {
    graph_->links.saveIndex(part.string());
    check_graph_file(part, *static_cast<std::int64_t*>(graph_->space.get_dist_func_param()), INT64_MAX);
    flush_to_disk(part);
    std::filesystem::rename(part, path);
  } catch (const std::exception&) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    fail("{}: cannot be written to its end; is the disk full, or the folder not to be written to?", path.string());
  }
}

GraphIndex GraphIndex::open(const std::filesystem::path& path, const EmbeddingTable& table, std::int64_t count) {
  const auto elements = check_graph_file(path, table.dimension(), count);
  std::unique_ptr<Graph> graph;
  try {
    graph = std::make_unique<Graph>(table.dimension(), path, elements);
  } catch (const std::exception& error) {
    fail("{}: {}", path.string(), error.what());
  }
  const auto other = [&] {
    fail("{}: a graph of other vectors; name another file for --index, or remove it, and it is made anew",
         path.string());
  };
  const auto last = count - 1, steps = std::min(count, kCompared);
  for (std::int64_t i = 0; i < steps; ++i) {
    const auto row = steps == 1 ? last : i * last / (steps - 1);
    const auto unit = unit_length(table.row(row));
    const auto there = graph->links.label_lookup_.find(static_cast<hnswlib::labeltype>(row));
    if (unit.empty() != (there == graph->links.label_lookup_.end())) other();
    if (unit.empty()) continue;
    const auto* kept = reinterpret_cast<const float*>(graph->links.getDataByInternalId(there->second));
    for (std::size_t j = 0; j < unit.size(); ++j) {
      if (!(std::abs(kept[j] - unit[j]) <= 1e-5F)) other();
    }
  }
  return GraphIndex(std::move(graph));
}

void GraphIndex::set_candidates(std::int64_t candidates) {
  graph_->links.setEf(static_cast<std::size_t>(std::max<std::int64_t>(1, candidates)));
}

std::vector<Neighbour> GraphIndex::nearest(const RowQuery& query, std::int64_t top) const {
  if (query.vectors.empty()) return {};
  const auto wanted = static_cast<std::size_t>(top) + query.excluded.size();
  auto found = graph_->links.searchKnn(query.vectors.data(), std::min(wanted, graph_->links.cur_element_count));
  std::vector<Neighbour> best;
  for (; !found.empty(); found.pop()) {
    const auto [distance, label] = found.top();
    const auto row = static_cast<std::int64_t>(label);
    if (std::find(query.excluded.begin(), query.excluded.end(), row) == query.excluded.end()) {
      best.push_back({row, 1 - distance});
    }
  }
  std::sort(best.begin(), best.end(), [](const Neighbour& a, const Neighbour& b) {
    return a.score != b.score ? a.score > b.score : a.row < b.row;
  });
  if (std::ssize(best) > top) best.resize(static_cast<std::size_t>(top));
  return best;
}

}  // namespace zoo
