#include "evaluation/translate.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "evaluation/beam_search.h"
#include "evaluation/sentence_ends.h"

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

namespace {

/// What is translated at once: a line, or a part of one.
struct Piece {
  std::size_t line, number;
  std::vector<TokenId> ids;  ///< closed by kEnd
  std::vector<Hypothesis> found = {};
};

/// The line's tokens in pieces of at most `longest`: all at once, or sentence by sentence, or parts of sentences.
std::vector<std::vector<TokenId>> pieces_of(const Tokenizer& tokenizer, const std::string& line,
                                            std::vector<TokenId> ids, std::size_t longest, bool whole,
                                            TranslatedLine& result) {
  if (ids.size() <= longest) return {std::move(ids)};
  if (whole) {
    result.cut = true;
    ids.resize(longest);
    return {std::move(ids)};
  }
  std::vector<std::vector<TokenId>> pieces;
  const auto add = [&](const std::vector<TokenId>& tokens) {
    result.cut = result.cut || tokens.size() > longest;
    for (std::size_t begin = 0; begin < tokens.size(); begin += longest) {
      const auto* first = tokens.data() + begin;
      pieces.emplace_back(first, first + std::min(longest, tokens.size() - begin));
    }
  };
  for (const auto sentence : sentences_of(line)) add(tokenizer.encode(sentence));
  if (pieces.empty()) add(ids);  // nothing but what stands between sentences
  result.pieces = std::ssize(pieces);
  return pieces;
}

/// A line's hypotheses so far, each with each of its next piece: the `most` of the highest scores.
void join(TranslatedLine& line, const std::vector<Hypothesis>& next, const Tokenizer& target, std::int64_t most) {
  if (next.empty()) fail("no translation was found: every word has probability 0; are the weights damaged?");
  std::vector<std::string> texts;
  for (const auto& hypothesis : next) texts.push_back(target.decode(hypothesis.words));
  if (line.hypotheses.empty()) {
    line.hypotheses = next;
    line.texts = std::move(texts);
    return;
  }
  struct Pair {
    double score;
    std::size_t before, next;
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < line.hypotheses.size(); ++i) {
    for (std::size_t j = 0; j < next.size(); ++j) pairs.push_back({line.hypotheses[i].score + next[j].score, i, j});
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  if (std::ssize(pairs) > most) pairs.resize(static_cast<std::size_t>(most));
  TranslatedLine joined;
  for (const auto& pair : pairs) {
    auto hypothesis = line.hypotheses[pair.before];
    const auto& more = next[pair.next];
    hypothesis.words.insert(hypothesis.words.end(), more.words.begin(), more.words.end());
    hypothesis.log_probabilities.insert(hypothesis.log_probabilities.end(), more.log_probabilities.begin(),
                                        more.log_probabilities.end());
    hypothesis.log_probability += more.log_probability;
    hypothesis.score = pair.score;
    joined.hypotheses.push_back(std::move(hypothesis));
    joined.texts.push_back(joined_texts(line.texts[pair.before], texts[pair.next]));
  }
  line.hypotheses = std::move(joined.hypotheses);
  line.texts = std::move(joined.texts);
}

}  // namespace

std::vector<TranslatedLine> translate_lines(const Translation& model, const Tokenizer& source, const Tokenizer& target,
                                            const std::vector<std::string>& lines, const TranslationOptions& options,
                                            const std::function<void(std::int64_t)>& done, const GivenTargets& given) {
  std::vector<TranslatedLine> result(lines.size());
  std::vector<Piece> pieces;
  const auto longest = static_cast<std::size_t>(model.longest_source() - 1);  // and the end
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto ids = source.encode(lines[i]);
    if (ids.empty()) {
      result[i].texts = {""};
      continue;
    }
    result[i].source_tokens = std::ssize(ids) + 1;
    std::size_t number = 0;
    for (auto& piece : pieces_of(source, lines[i], std::move(ids), longest, given.whole, result[i])) {
      piece.push_back(kEnd);
      pieces.push_back({i, number++, std::move(piece)});
    }
  }
  std::vector<std::size_t> order(pieces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return pieces[a].ids.size() < pieces[b].ids.size(); });
  const auto batch_size = static_cast<std::size_t>(options.batch_size);
  for (std::size_t first = 0; first < order.size(); first += batch_size) {
    const auto end = std::min(order.size(), first + batch_size);
    std::vector<std::vector<TokenId>> rows;
    std::vector<Prefix> prefixes;
    std::vector<std::uint64_t> numbers;
    for (auto i = first; i < end; ++i) {
      const auto& piece = pieces[order[i]];
      rows.push_back(piece.ids);
      numbers.push_back(((options.first_line + piece.line) << 20) + piece.number);
      if (given.lines.empty()) continue;
      prefixes.push_back({});
      if (piece.number == 0) prefixes.back() = {target.encode(given.lines.at(piece.line)), given.whole};
    }
    const auto [sources, lengths] = padded(rows);  // [B, S], [B]
    auto found = options.draw ? sample_search(model, sources, lengths, options.search, *options.draw, numbers, prefixes)
                              : beam_search(model, sources, lengths, options.search, prefixes);
    for (auto i = first; i < end; ++i) pieces[order[i]].found = std::move(found[i - first]);
    if (done) done(static_cast<std::int64_t>(lines.size() * end / order.size()));
  }
  for (const auto& piece : pieces) join(result[piece.line], piece.found, target, options.search.n_best);
  return result;
}

}  // namespace zoo
