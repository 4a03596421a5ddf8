#include "models/layers/huffman.h"

#include <algorithm>

namespace zoo {

Huffman::Huffman(std::span<const std::int64_t> counts, TokenId first) {
  std::vector<TokenId> words;  // from the rarest; of equal counts the higher id first
  for (auto id = static_cast<TokenId>(counts.size()) - 1; id >= first; --id) {
    if (counts[static_cast<std::size_t>(id)] > 0) words.push_back(id);
  }
  std::stable_sort(words.begin(), words.end(), [&](TokenId a, TokenId b) {
    return counts[static_cast<std::size_t>(a)] < counts[static_cast<std::size_t>(b)];
  });
  const auto leaves = words.size();
  inner_nodes_ = leaves > 1 ? static_cast<std::int64_t>(leaves) - 1 : 0;
  const auto inner = static_cast<std::size_t>(inner_nodes_);

  // Both queues are sorted: words as they are, inner nodes because their weights only grow.
  std::vector<std::int64_t> weight(inner);
  std::size_t next_word = 0, next_node = 0;
  for (std::size_t made = 0; made < inner; ++made) {
    for (int bit = 0; bit < 2; ++bit) {
      const bool word = next_word < leaves &&
                        (next_node >= made || counts[static_cast<std::size_t>(words[next_word])] < weight[next_node]);
      if (word) {
        weight[made] += counts[static_cast<std::size_t>(words[next_word])];
        children_.push_back(-1 - words[next_word++]);
      } else {
        weight[made] += weight[next_node];
        children_.push_back(static_cast<std::int32_t>(next_node++));
      }
    }
  }

  // Parents come after their children: from the root down, each node's path is its parent's and one turn more.
  std::vector<std::vector<Step>> paths(counts.size()), node_paths(inner);
  for (auto node = static_cast<std::int32_t>(inner) - 1; node >= 0; --node) {
    for (int bit = 0; bit < 2; ++bit) {
      const auto child = children(node)[static_cast<std::size_t>(bit)];
      auto path = node_paths[static_cast<std::size_t>(node)];
      path.push_back({node, bit == 1});
      (child < 0 ? paths[static_cast<std::size_t>(-1 - child)] : node_paths[static_cast<std::size_t>(child)]) =
          std::move(path);
    }
    node_paths[static_cast<std::size_t>(node)] = {};
  }
  first_.push_back(0);
  for (const auto& path : paths) {
    steps_.insert(steps_.end(), path.begin(), path.end());
    first_.push_back(steps_.size());
  }
}

}  // namespace zoo
