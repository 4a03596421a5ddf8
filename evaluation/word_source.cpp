// One vector a word, whatever it means.
#include <optional>
#include <unordered_map>

#include "evaluation/vector_sources.h"
#include "models/beside.h"
#include "models/device.h"
#include "models/runtime.h"
#include "models/start_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// Of a model: the mean over the pieces that the tokenizer cuts it into.
class StaticSource : public VectorSource, public TrainableSource {
 public:
  /// table [V, D] by token id.
  StaticSource(Tensor table, std::shared_ptr<const Tokenizer> tokenizer, Json facts)
      : table_(std::move(table)), tokenizer_(std::move(tokenizer)), facts_(std::move(facts)) {}
  /// A run's own. They can be trained on, unless they are made of n-grams.
  StaticSource(SavedModel saved, Json facts)
      : table_(saved.model->word_vectors()->vectors().detach().clone()),
        tokenizer_(saved.tokenizer),
        facts_(std::move(facts)),
        saved_(std::move(saved)) {}
  WordFeatures features(const TaggedText& text) override {
    const torch::NoGradGuard no_gradient;
    auto [own, rows] = rows_of(text.words);
    return {own.cpu().unsqueeze(1), rows};  // [R, 1, D]
  }
  TrainableSource* trainable() override {
    if (!saved_) return nullptr;
    const auto* subwords = dynamic_cast<const SubwordWordVectors*>(saved_->model->word_vectors());
    return subwords != nullptr && subwords->subword_part() ? nullptr : this;
  }
  Tensor vectors(const TaggedText& text, std::span<const std::int64_t> sentences) override {
    std::vector<std::string> words;
    for (const auto sentence : sentences) {
      const auto i = static_cast<std::size_t>(sentence);
      words.insert(words.end(), text.words.begin() + static_cast<std::ptrdiff_t>(text.sentences[i]),
                   text.words.begin() + static_cast<std::ptrdiff_t>(text.sentences[i + 1]));
    }
    const auto [own, rows] = rows_of(words);
    return own.cpu().index_select(0, rows).unsqueeze(1);  // [N, 1, D]
  }
  Parts parameters() override {
    if (!table_.requires_grad()) table_ = table_.to(compute_device()).requires_grad_();
    return {{"word_vectors", table_}};
  }
  void train(bool) override {}
  void save(const fs::path& folder) override {
    auto parts = saved_->model->parts();
    const auto name = saved_->model->word_vectors()->word_vectors_part();
    for (auto& [part, tensor] : parts) {
      if (part == name) tensor = table_.detach();
    }
    save_changed_run(*saved_, parts, folder);
  }
  std::vector<std::string> layers() const override { return {"word"}; }
  bool in_context() const override { return false; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return tokenizer_; }
  Json facts() const override { return facts_; }

 private:
  /// Vectors of the R different words [R, D], and which of them each word has [N].
  std::pair<Tensor, Tensor> rows_of(std::span<const std::string> words) const {
    std::unordered_map<std::string_view, std::int64_t> known;
    std::vector<std::int64_t> pieces, first{0};                    // of each different word
    auto rows = torch::empty({std::ssize(words)}, torch::kInt64);  // [N]
    std::vector<TokenId> ids;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto [found, is_new] = known.try_emplace(words[i], std::ssize(known));
      rows.data_ptr<std::int64_t>()[i] = found->second;
      if (!is_new) continue;
      ids.clear();
      tokenizer_->encode(words[i], ids);
      if (ids.empty()) ids = {kUnknown};
      pieces.insert(pieces.end(), ids.begin(), ids.end());
      first.push_back(std::ssize(pieces));
    }
    first.pop_back();
    constexpr std::int64_t kMean = 1;
    const auto there = [&](const auto& numbers) { return beside(torch::tensor(numbers), table_); };
    return {std::get<0>(at::embedding_bag(table_, there(pieces), there(first), false, kMean)), rows};
  }

  Tensor table_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  Json facts_;
  std::optional<SavedModel> saved_;
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

}  // namespace

std::unique_ptr<VectorSource> word_source(Tensor table, std::shared_ptr<const Tokenizer> tokenizer, Json facts) {
  return std::make_unique<StaticSource>(std::move(table), std::move(tokenizer), std::move(facts));
}

std::unique_ptr<VectorSource> word_source(SavedModel saved, Json facts) {
  return std::make_unique<StaticSource>(std::move(saved), std::move(facts));
}

std::unique_ptr<VectorSource> file_source(EmbeddingTable table, Json facts) {
  return std::make_unique<FileSource>(std::move(table), std::move(facts));
}

}  // namespace zoo
