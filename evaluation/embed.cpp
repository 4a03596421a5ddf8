#include "evaluation/embed.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/line_source.h"

namespace zoo {
namespace {

constexpr std::int64_t kLongestLine = 1 << 16;   ///< pieces; all layers of them are in memory at once
constexpr std::int64_t kPiecesAtOnce = 1 << 14;  ///< of a batch, its padding included, where lines are independent

struct Line {
  std::string text;
  WordLine words;
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
      : vectors_(vectors), layer_(layer), settings_(settings), output_(output) {}

  void add(Line line) {
    const auto pieces = std::ssize(line.words.pieces);
    ++lines;
    words += line.words.size();
    unknown += std::count(line.words.pieces.begin(), line.words.pieces.end(), kUnknown);
    if (pieces == 0) ++without_words;
    if (vectors_.longest() > 0 && pieces > vectors_.longest()) ++in_parts;
    const auto rows = filled_ + 1, longest = std::max(longest_, pieces);
    if (settings_.state == CarriedState::reset && rows > 1 && rows * longest > kPiecesAtOnce) flush();
    if (pieces > 0) ++filled_;
    longest_ = std::max(longest_, pieces);
    waiting_.push_back(std::move(line));
    if (filled_ == settings_.batch_size || filled_ == 0) flush();
  }

  /// Reads the lines that wait, and writes them in their order.
  void flush() {
    settings_.mean ? flush_means() : flush_words();
    waiting_.clear();
    filled_ = longest_ = 0;
    if (interrupted()) throw Interrupted("stopped; nothing was written");
  }

  std::int64_t lines = 0, words = 0, without_words = 0, unknown = 0, in_parts = 0;

 private:
  void flush_means() {
    if (waiting_.empty()) return;
    std::vector<WordLine> all;
    for (const auto& line : waiting_) all.push_back(line.words);
    const auto means = vectors_.means(all);  // [B, D]
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      auto mean = means[static_cast<std::int64_t>(i)];  // [D]
      if (settings_.unit) mean = mean / mean.norm().clamp_min(1e-12);
      const std::string text(without_outer_spaces(waiting_[i].text));
      output_.write(written_++, text, {text}, mean.view({1, 1, -1}));
    }
  }

  void flush_words() {
    std::vector<WordLine> filled;
    for (auto& line : waiting_) {
      if (!line.words.pieces.empty()) filled.push_back(line.words);
    }
    const auto rows = std::ssize(filled);
    Tensor chosen;  // [L, B, T, D], L being 1 where one layer was chosen
    if (rows > 0) {
      if (settings_.state == CarriedState::reset) state_.clear();
      if (settings_.state == CarriedState::warm && !warmed_) vectors_.read(filled, state_);
      warmed_ = true;
      for (auto& part : state_) part = part.narrow(0, 0, rows);  // the last batch may have fewer rows
      chosen = layer_.of(vectors_.read(filled, state_));
    }
    const auto layers = layer_.all() ? std::ssize(vectors_.layers()) : 1;
    std::int64_t row = 0;
    for (const auto& [text, line] : waiting_) {
      const auto vectors = line.pieces.empty() ? torch::zeros({layers, 0, vectors_.width()})
                                               : chosen.select(1, row++).narrow(1, 0, line.size());  // [L, T, D]
      output_.write(written_++, without_outer_spaces(text), line.words, vectors);
    }
  }

  const SentenceVectors& vectors_;
  const LayerChoice& layer_;
  const EmbedSettings& settings_;
  EmbedOutput& output_;
  std::vector<Line> waiting_;
  State state_;
  bool warmed_ = false;
  std::int64_t filled_ = 0, longest_ = 0, written_ = 0;
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
