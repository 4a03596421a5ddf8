// Vectors of words in their sentences, as a task reads them.
#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "evaluation/layer_choice.h"
#include "evaluation/vector_sources.h"
#include "models/runtime.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiecesAtOnce = 4096;  ///< of a forward pass, padding included

/// A model that gives words vectors in their sentences.
class ContextSource : public VectorSource, public TrainableSource {
 public:
  ContextSource(SavedModel saved, const std::string& name, const std::string& layer, ModelKinds kinds, Json facts)
      : saved_(std::move(saved)),
        vectors_(*saved_.model, name, {kinds.begin(), kinds.end()}),
        layer_(layer == "mix" ? "all" : layer, vectors_, *saved_.model),
        facts_(std::move(facts)) {}

  WordFeatures features(const TaggedText& text) override {
    const auto words = std::ssize(text.words), layers = std::ssize(this->layers()), width = vectors_.width();
    check_memory_for(static_cast<double>(words) * static_cast<double>(layers * width) / 8,  // 2 bytes each, not 16
                     fmt::format("--vectors: {} words", words));
    auto table = torch::empty({words, layers, width}, torch::kHalf);  // [N, L, D]
    std::vector<std::size_t> order(text.sentence_count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto length = [&](std::size_t i) { return text.sentences[i + 1] - text.sentences[i]; };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return length(a) < length(b); });
    Progress progress("reading vectors", static_cast<double>(words), "words");
    double done = 0;
    std::vector<std::size_t> batch;
    std::vector<WordLine> lines;
    std::size_t longest = 0;
    const auto read_batch = [&] {
      if (interrupted()) throw Interrupted("stopped while reading vectors; nothing was written");
      State state;                                                  // each sentence by itself
      const auto vectors = layer_.of(vectors_.read(lines, state));  // [L, B, T, D]
      for (std::size_t b = 0; b < batch.size(); ++b) {
        const auto own = vectors.select(1, static_cast<std::int64_t>(b)).narrow(1, 0, lines[b].size());  // [L, T, D]
        table.narrow(0, static_cast<std::int64_t>(text.sentences[batch[b]]), lines[b].size())
            .copy_(own.transpose(0, 1));
        done += static_cast<double>(lines[b].size());
      }
      progress.update(done);
      batch.clear();
      lines.clear();
      longest = 0;
    };
    for (const auto sentence : order) {
      const std::span all(text.words);
      auto line = given_words(*saved_.tokenizer, all.subspan(text.sentences[sentence], length(sentence)));
      const auto wider = std::max(longest, line.pieces.size());
      if (!batch.empty() && wider * (batch.size() + 1) > kPiecesAtOnce) read_batch();
      longest = std::max(longest, line.pieces.size());
      batch.push_back(sentence);
      lines.push_back(std::move(line));
    }
    if (!batch.empty()) read_batch();
    return WordFeatures(table);
  }

  TrainableSource* trainable() override {
    return dynamic_cast<TrainableVectors*>(saved_.model.get()) != nullptr ? this : nullptr;
  }
  Tensor vectors(const TaggedText& text, std::span<const std::int64_t> sentences) override {
    std::vector<WordLine> lines;
    for (const auto sentence : sentences) {
      const auto i = static_cast<std::size_t>(sentence);
      const std::span all(text.words);
      lines.push_back(
          given_words(*saved_.tokenizer, all.subspan(text.sentences[i], text.sentences[i + 1] - text.sentences[i])));
    }
    const auto x = layer_.of(trainable_word_vectors(model(), lines));  // [L, B, T, D]
    std::vector<Tensor> words;
    for (std::size_t b = 0; b < lines.size(); ++b) {
      words.push_back(x.select(1, static_cast<std::int64_t>(b)).narrow(1, 0, lines[b].size()));  // [L, T, D]
    }
    return torch::cat(words, 1).transpose(0, 1);  // [N, L, D]
  }
  Parts parameters() override {
    Parts parts;
    for (const auto& parameter : encoder().named_parameters()) parts.emplace_back(parameter.key(), parameter.value());
    return parts;
  }
  void train(bool training) override { encoder().train(training); }
  void save(const fs::path& folder) override { save_changed_run(saved_, saved_.model->parts(), folder); }

  std::vector<std::string> layers() const override {
    return layer_.all() ? vectors_.layers() : std::vector<std::string>{layer_.name()};
  }
  bool in_context() const override { return true; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return saved_.tokenizer; }
  Json facts() const override { return facts_; }

 private:
  TrainableVectors& model() { return dynamic_cast<TrainableVectors&>(*saved_.model); }
  torch::nn::Module& encoder() { return model().encoder(); }

  SavedModel saved_;
  SentenceVectors vectors_;
  LayerChoice layer_;
  Json facts_;
};

}  // namespace

std::unique_ptr<VectorSource> context_source(SavedModel saved, const std::string& name, const std::string& layer,
                                             ModelKinds kinds, Json facts) {
  return std::make_unique<ContextSource>(std::move(saved), name, layer, kinds, std::move(facts));
}

}  // namespace zoo
