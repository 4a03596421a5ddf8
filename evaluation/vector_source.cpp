// Word vectors and vectors in context as what a task gets in its W → e step.
#include <algorithm>
#include <numeric>
#include <span>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "evaluation/abilities.h"
#include "evaluation/layer_choice.h"
#include "evaluation/word_features.h"
#include "models/runtime.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiecesAtOnce = 4096;  ///< of a forward pass, padding included

/// One vector a word, whatever it means: the mean over the pieces that the tokenizer cuts it into.
class StaticSource : public VectorSource {
 public:
  /// table [V, D] by token id.
  StaticSource(Tensor table, std::shared_ptr<const Tokenizer> tokenizer, Json facts)
      : table_(std::move(table)), tokenizer_(std::move(tokenizer)), facts_(std::move(facts)) {}
  WordFeatures features(const TaggedText& text) override {
    std::unordered_map<std::string_view, std::int64_t> known;
    std::vector<std::int64_t> pieces, first{0};                         // of each of the R different words
    auto rows = torch::empty({std::ssize(text.words)}, torch::kInt64);  // [N]
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < text.words.size(); ++i) {
      const auto [found, is_new] = known.try_emplace(text.words[i], std::ssize(known));
      rows.data_ptr<std::int64_t>()[i] = found->second;
      if (!is_new) continue;
      ids.clear();
      tokenizer_->encode(text.words[i], ids);
      if (ids.empty()) ids = {kUnknown};
      pieces.insert(pieces.end(), ids.begin(), ids.end());
      first.push_back(std::ssize(pieces));
    }
    first.pop_back();
    constexpr std::int64_t kMean = 1;
    const auto own = at::embedding_bag(table_, torch::tensor(pieces), torch::tensor(first), false, kMean);
    return {std::get<0>(own).unsqueeze(1), rows};  // [R, 1, D]
  }
  std::vector<std::string> layers() const override { return {"word"}; }
  bool in_context() const override { return false; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return tokenizer_; }
  Json facts() const override { return facts_; }

 private:
  Tensor table_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  Json facts_;
};

/// A file of word vectors, or an imported run: words as written, else in lower case, else zeros.
class FileSource : public VectorSource {
 public:
  FileSource(EmbeddingTable table, Json facts) : table_(std::move(table)), facts_(std::move(facts)) {}
  WordFeatures features(const TaggedText& text) override {
    check_memory_for(static_cast<double>(table_.size()) * static_cast<double>(table_.dimension()) / 4, "--vectors");
    auto rows = torch::full({std::ssize(text.words)}, table_.size(), torch::kInt64);  // [N]
    auto numbers = torch::zeros({table_.size() + 1, table_.dimension()});             // [V + 1, D]
    for (std::int64_t i = 0; i < table_.size(); ++i) {
      table_.copy_row(i, numbers.data_ptr<float>() + i * table_.dimension());
    }
    for (std::size_t i = 0; i < text.words.size(); ++i) {
      if (const auto row = row_of(text.words[i])) rows.data_ptr<std::int64_t>()[i] = *row;
    }
    return {numbers.nan_to_num(0, 0, 0).unsqueeze(1), rows};
  }
  std::vector<std::string> layers() const override { return {"word"}; }
  bool in_context() const override { return false; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return nullptr; }
  Json facts() const override { return facts_; }

 private:
  std::optional<std::int64_t> row_of(const std::string& word) const {
    if (const auto row = table_.find(word)) return row;
    auto lower = word;
    for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return table_.find(lower);
  }
  EmbeddingTable table_;
  Json facts_;
};

/// A model that gives words vectors in their sentences.
class ContextSource : public VectorSource {
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

  std::vector<std::string> layers() const override {
    return layer_.all() ? vectors_.layers() : std::vector<std::string>{layer_.name()};
  }
  bool in_context() const override { return true; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return saved_.tokenizer; }
  Json facts() const override { return facts_; }

 private:
  SavedModel saved_;
  SentenceVectors vectors_;
  LayerChoice layer_;
  Json facts_;
};

void check_static_layer(const std::string& layer) {
  if (layer == "mix" || layer == "average" || layer == "0" || layer == "word") return;
  fail_usage("--layer {}: these are word vectors, one a word; leave the option out", layer);
}

bool is_of_the_zoo(const RunFolder& run, ModelKinds kinds) {
  const auto name = run.model_kind();
  return std::any_of(kinds.begin(), kinds.end(), [&](const auto* kind) { return kind->name() == name; });
}

}  // namespace

std::unique_ptr<VectorSource> open_vector_source(const VectorChoice& choice, ModelKinds kinds) {
  if (choice.from == "random") {
    check_static_layer(choice.layer);
    if (!choice.random_words) fail("random vectors need a vocabulary; give a tokenizer's folder by --tokenizer");
    const auto size = choice.random_words->size();
    check_memory_for(static_cast<double>(size) * static_cast<double>(choice.random_width) / 4, "--width");
    seed_torch(static_cast<std::uint64_t>(choice.random_seed));
    return std::make_unique<StaticSource>(
        torch::randn({size, choice.random_width}), choice.random_words,
        Json{{"from", "random"}, {"kind", "random"}, {"seed", choice.random_seed}, {"width", choice.random_width}});
  }
  const fs::path path = choice.from;
  if (!exists(status_of(path))) {
    fail("--vectors {}: no such run folder or file of word vectors; \"random\" needs none", choice.from);
  }
  const bool is_folder = is_directory(status_of(path));
  const auto absolute = fs::weakly_canonical(path).string();
  if (!is_folder || !is_of_the_zoo(RunFolder::open(path), kinds)) {
    check_static_layer(choice.layer);
    const auto file = is_folder ? RunFolder::open(path).weights_file() : path;
    auto table = open_vectors(path);
    const auto words = table.size();
    return std::make_unique<FileSource>(
        std::move(table),
        Json{{"from", absolute}, {"kind", "word_vectors"}, {"sha256", sha256_of_file(file)}, {"words", words}});
  }
  auto saved = load_run(path, kinds);
  const auto name = fmt::format("{} ({})", choice.from, saved.kind->name());
  Json facts = {{"from", absolute}, {"kind", saved.kind->name()}, {"sha256", sha256_of_file(saved.run.weights_file())}};
  if (saved.model->context_vectors() != nullptr) {
    return std::make_unique<ContextSource>(std::move(saved), name, choice.layer, kinds, std::move(facts));
  }
  if (!can(*saved.model, Ability::word_vectors)) {
    fail("{} {}, neither of words nor in context; give the run of another model, or \"random\"", name,
         "has no vectors");
  }
  check_static_layer(choice.layer);
  auto table = saved.model->word_vectors()->word_vectors().detach().clone();  // [V, D]
  return std::make_unique<StaticSource>(std::move(table), saved.tokenizer, std::move(facts));
}

}  // namespace zoo
