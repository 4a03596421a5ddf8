#include <algorithm>
#include <limits>

#include "base/error.h"
#include "vectors/text_questions.h"

namespace zoo {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

/// Successive shortest paths on the bipartite graph of sources and sinks, with potentials that keep all reduced costs
/// at zero or above (Ahuja, Magnanti & Orlin 1993, section 9.7). Nodes 0 … n − 1 are sources, n … n + m − 1 sinks.
class Transport {
 public:
  Transport(std::vector<std::int64_t> supply, std::vector<std::int64_t> demand, const std::vector<double>& cost)
      : cost_(cost),
        supply_(std::move(supply)),
        demand_(std::move(demand)),
        flow_(cost.size(), 0),
        potential_(supply_.size() + demand_.size(), 0.0) {}

  double solve() {
    while (find_path()) push();
    double total = 0;
    for (std::size_t i = 0; i < cost_.size(); ++i) total += cost_[i] * static_cast<double>(flow_[i]);
    return total;
  }

 private:
  std::size_t sources() const { return supply_.size(); }
  std::size_t nodes() const { return potential_.size(); }

  /// What one more unit costs from `node` to `next`, by the potentials; kFar where there is no such way.
  double reduced(std::size_t node, std::size_t next) const {
    const auto n = sources(), m = demand_.size();
    if (node < n && next >= n) return std::max(0.0, cost_[node * m + next - n] + potential_[node] - potential_[next]);
    if (node >= n && next < n && flow_[next * m + node - n] > 0) {
      return std::max(0.0, -cost_[next * m + node - n] + potential_[node] - potential_[next]);
    }
    return kFar;
  }

  /// Dijkstra's from all sources that have something left to the nearest sink that lacks something. False where
  /// nothing is left.
  bool find_path() {
    std::vector<double> distance(nodes(), kFar);
    std::vector<bool> done(nodes(), false);
    before_.assign(nodes(), nodes());
    for (std::size_t i = 0; i < sources(); ++i) {
      if (supply_[i] > 0) distance[i] = 0;
    }
    for (;;) {
      std::size_t node = nodes();
      for (std::size_t i = 0; i < nodes(); ++i) {
        if (!done[i] && distance[i] < kFar && (node == nodes() || distance[i] < distance[node])) node = i;
      }
      if (node == nodes()) return false;
      done[node] = true;
      if (node >= sources() && demand_[node - sources()] > 0) {
        end_ = node;
        for (std::size_t i = 0; i < nodes(); ++i) potential_[i] += std::min(distance[i], distance[node]);
        return true;
      }
      const auto begin = node < sources() ? sources() : 0, end = node < sources() ? nodes() : sources();
      for (auto next = begin; next < end; ++next) {
        if (done[next]) continue;
        const double through = distance[node] + reduced(node, next);
        if (through < distance[next]) distance[next] = through, before_[next] = node;
      }
    }
  }

  /// As much as the path to end_ takes.
  void push() {
    const auto n = sources(), m = demand_.size();
    auto amount = demand_[end_ - n];
    auto node = end_;
    for (; before_[node] != nodes(); node = before_[node]) {
      if (node < n) amount = std::min(amount, flow_[node * m + before_[node] - n]);
    }
    amount = std::min(amount, supply_[node]);
    supply_[node] -= amount;
    demand_[end_ - n] -= amount;
    for (node = end_; before_[node] != nodes(); node = before_[node]) {
      const auto last = before_[node];
      if (node >= n) {
        flow_[last * m + node - n] += amount;
      } else {
        flow_[node * m + last - n] -= amount;
      }
    }
  }

  const std::vector<double>& cost_;  // [n, m]
  std::vector<std::int64_t> supply_, demand_, flow_;
  std::vector<double> potential_;
  std::vector<std::size_t> before_;  // on the way to each node; nodes() at the beginning
  std::size_t end_ = 0;
};

}  // namespace

double least_transport_cost(std::vector<std::int64_t> supply, std::vector<std::int64_t> demand,
                            const std::vector<double>& cost) {
  if (cost.size() != supply.size() * demand.size()) {
    fail("transport: {} costs do not go with {} sources and {} sinks", cost.size(), supply.size(), demand.size());
  }
  return Transport(std::move(supply), std::move(demand), cost).solve();
}

}  // namespace zoo
