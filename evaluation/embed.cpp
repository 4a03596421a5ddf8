#include "evaluation/embed.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/line_source.h"

namespace zoo {
namespace {

constexpr std::int64_t kLongestLine = 1 << 16;    ///< pieces; all layers of them are in memory at once
constexpr std::int64_t kPiecesAtOnce = 1 << 14;   ///< of a batch, its padding included, where lines are independent
constexpr std::int64_t kBatchesAtOnce = 16;       ///< so many of them are sorted by length together
constexpr std::int64_t kNumbersAtOnce = 1 << 25;  ///< of vectors that wait for the lines before theirs

struct Line {
  std::string text;
  WordLine words;

  std::int64_t pieces() const { return std::ssize(words.pieces); }
};

std::string_view without_outer_spaces(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

class Embedding {
 public:
  Embedding(const SentenceVectors& vectors, const LayerChoice& layer, const EmbedSettings& settings,
            EmbedOutput& output)
      : vectors_(vectors),
        layer_(layer),
        settings_(settings),
        output_(output),
        alone_(settings.mean || settings.state == CarriedState::reset) {
    const auto numbers = std::max<std::int64_t>(1, std::ssize(vectors.layers()) * vectors.width());
    pieces_at_once_ = std::clamp(kNumbersAtOnce / numbers, std::int64_t{256}, kPiecesAtOnce);
  }

  void add(Line line) {
    ++lines;
    words += line.words.size();
    unknown += std::count(line.words.pieces.begin(), line.words.pieces.end(), kUnknown);
    if (line.pieces() == 0) ++without_words;
    if (vectors_.longest() > 0 && line.pieces() > vectors_.longest()) ++in_parts;
    if (is_read(line)) ++filled_;
    pieces_ += line.pieces();
    waiting_.push_back(std::move(line));
    const bool enough = alone_ ? filled_ >= kBatchesAtOnce * settings_.batch_size || pieces_ >= pieces_at_once_ ||
                                     std::ssize(waiting_) >= kPiecesAtOnce
                               : filled_ >= settings_.batch_size;
    if (enough || filled_ == 0) flush();
  }

  /// Reads the lines that wait, and writes them in their order.
  void flush() {
    stop_if_asked();
    made_.assign(waiting_.size(), Tensor());
    for (const auto& batch : batches()) {
      settings_.mean ? read_means(batch) : read_words(batch);
      stop_if_asked();
    }
    const auto none = torch::zeros({layer_.all() ? std::ssize(vectors_.layers()) : 1, 0, vectors_.width()});
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const auto& line = waiting_[i];
      const auto text = without_outer_spaces(line.text);
      const std::vector<std::string> whole = {std::string(text)};
      output_.write(written_++, text, settings_.mean ? whole : line.words.words, is_read(line) ? made_[i] : none);
    }
    waiting_.clear();
    made_.clear();
    filled_ = pieces_ = 0;
  }

  std::int64_t lines = 0, words = 0, without_words = 0, unknown = 0, in_parts = 0;

 private:
  using Places = std::vector<std::size_t>;  ///< among the waiting lines

  /// A line without words has a mean too: of what the model reads before and behind it.
  bool is_read(const Line& line) const { return settings_.mean || line.pieces() > 0; }

  static void stop_if_asked() {
    if (interrupted()) throw Interrupted("stopped; nothing was written");
  }

  /// Lines that know nothing of each other: those of about the same length together, so that little is padding.
  std::vector<Places> batches() const {
    Places order;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (is_read(waiting_[i])) order.push_back(i);
    }
    if (order.empty()) return {};
    if (!alone_) return {order};
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return waiting_[a].pieces() < waiting_[b].pieces(); });
    std::vector<Places> result(1);
    for (const auto i : order) {
      const auto rows = std::ssize(result.back());
      const bool full = rows == settings_.batch_size || (rows + 1) * waiting_[i].pieces() > kPiecesAtOnce;
      if (rows > 0 && full) result.emplace_back();
      result.back().push_back(i);
    }
    return result;
  }

  std::vector<WordLine> lines_at(const Places& batch) const {
    std::vector<WordLine> rows;
    for (const auto i : batch) rows.push_back(waiting_[i].words);
    return rows;
  }

  void read_words(const Places& batch) {
    const auto rows = lines_at(batch);
    if (alone_) state_.clear();
    if (settings_.state == CarriedState::warm && !warmed_) vectors_.read(rows, state_);
    warmed_ = true;
    for (auto& part : state_) part = part.narrow(0, 0, std::ssize(rows));  // the last batch may have fewer rows
    const auto chosen = layer_.of(vectors_.read(rows, state_));            // [L, B, T, D], L being 1 for one layer
    for (std::size_t b = 0; b < batch.size(); ++b) {
      made_[batch[b]] = chosen.select(1, static_cast<std::int64_t>(b)).narrow(1, 0, rows[b].size());  // [L, T, D]
    }
  }

  void read_means(const Places& batch) {
    auto means = vectors_.means(lines_at(batch));                                               // [B, D]
    if (settings_.unit) means = means / means.norm(2, {1}, /*keepdim=*/true).clamp_min(1e-12);  // [B, D]
    const auto one_each = means.unsqueeze(1).unsqueeze(1).unbind();                             // [1, 1, D]
    for (std::size_t b = 0; b < batch.size(); ++b) made_[batch[b]] = one_each[b];
  }

  const SentenceVectors& vectors_;
  const LayerChoice& layer_;
  const EmbedSettings& settings_;
  EmbedOutput& output_;
  const bool alone_;  ///< no line knows of another
  std::vector<Line> waiting_;
  std::vector<Tensor> made_;  ///< of each waiting line that is read, [L, T, D], or [1, 1, D] of a mean
  State state_;
  bool warmed_ = false;
  std::int64_t filled_ = 0;  ///< lines that wait to be read
  std::int64_t pieces_ = 0, written_ = 0, pieces_at_once_ = 0;
};

/// Bytes of the text, or 0 where that is not known before it is read.
double total_bytes(const std::vector<TextFile>& files) {
  double total = 0;
  for (const auto& file : files) {
    if (file.name.ends_with(".gz")) return 0;
    total += static_cast<double>(file.size);
  }
  return total;
}

}  // namespace

Json embed(const SentenceVectors& vectors, const Tokenizer& tokenizer, const LayerChoice& layer,
           const std::string& input, const EmbedSettings& settings, EmbedOutput& output) {
  const auto files = expand_inputs({input});
  LineSource source(files);
  Embedding embedding(vectors, layer, settings, output);
  Progress progress("embedding", total_bytes(files), "bytes");
  double done = 0;
  TextBlock block;
  while (source.next(block)) {
    for (std::size_t i = 0; i < block.lines.size(); ++i) {
      const auto text = block.line(block.lines[i]);
      auto words = settings.pretokenised ? pretokenised_line(tokenizer, text) : raw_line(tokenizer, text);
      if (std::ssize(words.pieces) > kLongestLine) {
        fail("{}: line {}: {} words are more than {}, which are read at once; break it into sentences",
             files[block.file].name, block.first_line + static_cast<std::int64_t>(i), words.pieces.size(),
             kLongestLine);
      }
      embedding.add({std::string(text), std::move(words)});
      done += static_cast<double>(text.size()) + 1;
      progress.update(done);
    }
  }
  embedding.flush();
  if (embedding.lines == 0) fail("{}: holds no line", input);
  if (embedding.in_parts > 0) {
    log_warning(
        fmt::format("{} of {} lines are longer than the {} words that the model looks at together; they were "
                    "read in parts of so many",
                    embedding.in_parts, embedding.lines, vectors.longest()));
  }
  output.commit();
  return {{"lines", embedding.lines},
          {"words", embedding.words},
          {"lines_without_words", embedding.without_words},
          {"unknown_words", embedding.unknown},
          {"lines_in_parts", embedding.in_parts}};
}

}  // namespace zoo
