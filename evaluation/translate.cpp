#include "evaluation/translate.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace zoo {

std::pair<Tensor, Tensor> padded(const std::vector<std::vector<TokenId>>& rows) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.size());
  const auto size = std::ssize(rows);
  auto ids = torch::full({size, static_cast<std::int64_t>(width)}, std::int64_t{kPad}, torch::kInt64);  // [B, T]
  auto lengths = torch::empty({size}, torch::kInt64);                                                   // [B]
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy(rows[i].begin(), rows[i].end(), ids.data_ptr<std::int64_t>() + i * width);
    lengths.data_ptr<std::int64_t>()[i] = std::ssize(rows[i]);
  }
  return {ids, lengths};
}

std::vector<TranslatedLine> translate_lines(Translation& model, const Tokenizer& source, const Tokenizer& target,
                                            const std::vector<std::string>& lines, const SearchOptions& options,
                                            std::int64_t batch_size, const std::function<void(std::int64_t)>& done,
                                            const GivenTargets& given) {
  std::vector<TranslatedLine> result(lines.size());
  std::vector<std::vector<TokenId>> ids(lines.size());
  std::vector<std::size_t> order;  // of the lines that have words
  const auto longest = static_cast<std::size_t>(model.longest_source());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ids[i] = source.encode(lines[i]);
    if (ids[i].empty()) {
      result[i].texts = {""};
      continue;
    }
    result[i].source_tokens = std::ssize(ids[i]) + 1;
    result[i].cut = ids[i].size() + 1 > longest;
    if (result[i].cut) ids[i].resize(longest - 1);
    ids[i].push_back(kEnd);
    order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return ids[a].size() < ids[b].size(); });
  for (std::size_t first = 0; first < order.size(); first += static_cast<std::size_t>(batch_size)) {
    const auto end = std::min(order.size(), first + static_cast<std::size_t>(batch_size));
    std::vector<std::vector<TokenId>> rows;
    for (auto i = first; i < end; ++i) rows.push_back(ids[order[i]]);
    const auto [sources, lengths] = padded(rows);
    std::vector<Prefix> prefixes;
    for (auto i = first; i < end && !given.lines.empty(); ++i) {
      prefixes.push_back({target.encode(given.lines.at(order[i])), given.whole});
    }
    auto found = beam_search(model, sources, lengths, options, prefixes);
    for (auto i = first; i < end; ++i) {
      auto& line = result[order[i]];
      line.hypotheses = std::move(found[i - first]);
      for (const auto& hypothesis : line.hypotheses) line.texts.push_back(target.decode(hypothesis.words));
      if (line.texts.empty()) fail("no translation was found: every word has probability 0; are the weights damaged?");
    }
    if (done) done(static_cast<std::int64_t>(end));
  }
  return result;
}

}  // namespace zoo
