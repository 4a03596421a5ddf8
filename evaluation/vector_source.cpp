// Word vectors and vectors in context as what a task gets in its W → e step.
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "evaluation/abilities.h"
#include "evaluation/word_features.h"
#include "models/runtime.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTokensAtOnce = 4096;  ///< of a forward pass, padding included

/// The first id of each word by itself: [N].
Tensor first_ids(const TaggedText& text, const Tokenizer& tokenizer) {
  auto rows = torch::empty({std::ssize(text.words)}, torch::kInt64);  // [N]
  std::vector<TokenId> ids;
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    ids.clear();
    tokenizer.encode(text.words[i], ids);
    rows.data_ptr<std::int64_t>()[i] = ids.empty() ? kUnknown : ids[0];
  }
  return rows;
}

/// One vector a word, whatever it means.
class StaticSource : public VectorSource {
 public:
  /// table [V, D] by token id.
  StaticSource(Tensor table, std::shared_ptr<const Tokenizer> tokenizer, Json facts)
      : table_(std::move(table)), tokenizer_(std::move(tokenizer)), facts_(std::move(facts)) {}
  WordFeatures features(const TaggedText& text) override { return {table_.unsqueeze(1), first_ids(text, *tokenizer_)}; }
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

/// A sentence as a model reads it, and where each of its words begins.
struct Pieces {
  std::vector<std::int64_t> ids;
  std::vector<std::string> spellings;
  std::vector<std::int64_t> first;  ///< of each word
};

class ContextSource : public VectorSource {
 public:
  ContextSource(SavedModel saved, const std::string& layer, Json facts)
      : saved_(std::move(saved)), facts_(std::move(facts)) {
    const auto all = saved_.model->context_vectors()->context_layers();
    names_ = all;
    if (layer == "mix") return;
    if (layer == "average") {
      average_ = true;
      names_ = {"average"};
      return;
    }
    const auto found = std::find(all.begin(), all.end(), layer);
    const bool number =
        !layer.empty() && layer.size() < 4 && layer.find_first_not_of("0123456789") == std::string::npos;
    const auto place = found != all.end() ? found - all.begin() : number ? std::stol(layer) : -1;
    if (place < 0 || place >= std::ssize(all)) {
      fail_usage("--layer {}: these vectors have the layers 0 … {} ({}); mix and average take them all", layer,
                 all.size() - 1, fmt::join(all, ", "));
    }
    only_ = place;
    names_ = {all[static_cast<std::size_t>(place)]};
  }

  WordFeatures features(const TaggedText& text) override {
    auto& model = *saved_.model->context_vectors();
    const auto words = std::ssize(text.words), layers = std::ssize(names_), width = model.context_width();
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
    std::vector<Pieces> pieces;
    std::size_t longest = 0;
    for (const auto sentence : order) {
      auto piece = pieces_of(text, sentence);
      const auto wider = std::max(longest, piece.ids.size());
      if (!batch.empty() && wider * (batch.size() + 1) > static_cast<std::size_t>(kTokensAtOnce)) {
        done += read(text, batch, pieces, table);
        progress.update(done);
        batch.clear();
        pieces.clear();
        longest = 0;
      }
      longest = std::max(longest, piece.ids.size());
      batch.push_back(sentence);
      pieces.push_back(std::move(piece));
    }
    if (!batch.empty()) progress.update(done + read(text, batch, pieces, table));
    return WordFeatures(table);
  }

  std::vector<std::string> layers() const override { return names_; }
  bool in_context() const override { return true; }
  std::shared_ptr<const Tokenizer> tokenizer() const override { return saved_.tokenizer; }
  Json facts() const override { return facts_; }

 private:
  Pieces pieces_of(const TaggedText& text, std::size_t sentence) const {
    const auto& tokenizer = *saved_.tokenizer;
    Pieces pieces;
    for (auto i = text.sentences[sentence]; i < text.sentences[sentence + 1]; ++i) {
      auto ids = tokenizer.encode(text.words[i]);
      if (ids.empty()) ids = {kUnknown};
      pieces.first.push_back(std::ssize(pieces.ids));
      pieces.ids.insert(pieces.ids.end(), ids.begin(), ids.end());
      auto spelled =
          tokenizer.type() == "word" ? split(tokenizer.normalise(text.words[i])) : std::vector<std::string>();
      if (spelled.size() != ids.size()) {
        spelled.clear();
        for (const auto id : ids) spelled.emplace_back(tokenizer.piece(id));
      }
      pieces.spellings.insert(pieces.spellings.end(), spelled.begin(), spelled.end());
    }
    return pieces;
  }
  static std::vector<std::string> split(std::string_view words) {
    std::vector<std::string> parts;
    while (!words.empty()) {
      const auto end = std::min(words.find(' '), words.size());
      if (end > 0) parts.emplace_back(words.substr(0, end));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    return parts;
  }

  /// Vectors of these sentences into their words' places of the table; how many words.
  double read(const TaggedText& text, const std::vector<std::size_t>& batch, std::vector<Pieces>& pieces,
              Tensor& table) {
    if (interrupted()) throw Interrupted("stopped while reading vectors; nothing was written");
    std::size_t longest = 0, words = 0;
    for (const auto& piece : pieces) {
      longest = std::max(longest, piece.ids.size());
      words += piece.first.size();
    }
    const auto count = std::ssize(batch), steps = static_cast<std::int64_t>(longest);
    WordRows rows{.words = torch::full({count, steps}, std::int64_t{kPad}, torch::kInt64),  // [B, T]
                  .lengths = torch::empty({count}, torch::kInt64)};                         // [B]
    auto from = torch::empty({static_cast<std::int64_t>(words)}, torch::kInt64), to = torch::empty_like(from);  // [n]
    std::int64_t next = 0;
    for (std::int64_t b = 0; b < count; ++b) {
      auto& piece = pieces[static_cast<std::size_t>(b)];
      std::copy(piece.ids.begin(), piece.ids.end(), rows.words.data_ptr<std::int64_t>() + b * steps);
      rows.lengths.data_ptr<std::int64_t>()[b] = std::ssize(piece.ids);
      rows.spellings.push_back(std::move(piece.spellings));
      const auto first_word = static_cast<std::int64_t>(text.sentences[batch[static_cast<std::size_t>(b)]]);
      for (std::size_t i = 0; i < piece.first.size(); ++i, ++next) {
        from.data_ptr<std::int64_t>()[next] = b * steps + piece.first[i];
        to.data_ptr<std::int64_t>()[next] = first_word + static_cast<std::int64_t>(i);
      }
    }
    State state;
    auto vectors = saved_.model->context_vectors()->context_vectors(rows, state);  // [L, B, T, D]
    if (only_) vectors = vectors.narrow(0, *only_, 1);
    if (average_) vectors = vectors.mean(0, true);
    const auto own = vectors.flatten(1, 2).index_select(1, from).transpose(0, 1);  // [n, L, D]
    table.index_copy_(0, to, own.to(torch::kHalf).contiguous());
    return static_cast<double>(words);
  }

  SavedModel saved_;
  Json facts_;
  std::vector<std::string> names_;
  std::optional<std::int64_t> only_;
  bool average_ = false;
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
    return std::make_unique<ContextSource>(std::move(saved), choice.layer, std::move(facts));
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
