// An ARPA file as a run folder.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/version.h"
#include "models/ngram/arpa.h"
#include "models/ngram/counts_parts.h"
#include "models/ngram/ngram.h"
#include "models/saved_model.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_tokenizer.h"

namespace zoo::ngram {

namespace {

constexpr std::int64_t kContextsChecked = 200;  // of each length
constexpr double kTolerance = 0.01;

/// What stands between gaps is a word.
std::shared_ptr<const Tokenizer> tokenizer_of(const std::vector<std::string>& words) {
  const TemporaryFolder scratch;
  std::string table;
  for (const auto piece : kSpecialPieces) table += fmt::format("{}\t0\n", piece);
  for (const auto& word : words) table += fmt::format("{}\t0\n", word);
  const auto file = scratch.path() / "words.tsv";
  write_file_atomically(file, table);
  return std::make_shared<WordTokenizer>(Vocabulary::load(file), /*lowercase=*/false, /*split_punctuation=*/false);
}

/// Warns where the probabilities after a context do not sum to one. Contexts are drawn evenly from all of each length.
void check_sums(const Counts& trie, const BackOff& model, const Tokenizer& tokenizer, const std::string& file) {
  std::vector<double> probabilities(static_cast<std::size_t>(trie.vocabulary()));
  double worst = 1;
  std::string where;
  const auto check = [&](const std::vector<TokenId>& words) {
    Reader reader(trie);
    for (const TokenId word : words) reader.read(word);
    model.distribution(reader.contexts(), probabilities);
    double sum = 0;
    for (const double probability : probabilities) sum += probability;
    if (std::abs(std::log(sum)) <= std::abs(std::log(worst))) return;
    worst = sum;
    where.clear();
    for (const TokenId word : words) where += fmt::format("{}{}", where.empty() ? "" : " ", tokenizer.piece(word));
  };
  check({});
  for (int length = 1; length < trie.order(); ++length) {
    const std::int64_t size = trie.size(length), step = std::max<std::int64_t>(1, size / kContextsChecked);
    for (std::int64_t last = 0; last < size; last += step) {
      auto node = static_cast<Node>(last);
      const auto [begin, end] = trie.children(length, node);
      if (begin == end) continue;
      std::vector<TokenId> words(static_cast<std::size_t>(length));
      for (int k = length; k >= 1; --k) {
        words[static_cast<std::size_t>(k) - 1] = k == 1 ? node : trie.level(k).words[static_cast<std::size_t>(node)];
        if (k == 1) break;
        const auto& first = trie.level(k - 1).first_child;
        node = static_cast<Node>(std::upper_bound(first.begin(), first.end(), node) - first.begin() - 1);
      }
      check(words);
    }
  }
  if (std::abs(worst - 1) > kTolerance) {
    log_warning(fmt::format("{}: probabilities after '{}' sum to {:.4f}, not to one: perplexities are not exact", file,
                            where, worst));
  }
}

}  // namespace

RunFolder import_arpa(const ArpaImport& options, const std::filesystem::path& folder) {
  std::shared_ptr<const Tokenizer> tokenizer;
  if (!options.tokenizer.empty()) tokenizer = load_tokenizer(options.tokenizer);
  auto imported = read_arpa(options.input, tokenizer.get());
  if (imported.without > 0) {
    log_warning(fmt::format("{}: {} of the vocabulary's {} tokens have no probability there; they get 1e-37",
                            options.input.string(), imported.without, imported.trie.vocabulary()));
  }
  if (!tokenizer) tokenizer = tokenizer_of(imported.words);
  const auto order = imported.trie.order();
  Counts trie = std::move(imported.trie);
  BackOff model(trie, std::move(imported.weights));
  check_sums(trie, model, *tokenizer, options.input.string());
  Parts parts = parts_of(trie);
  for (auto& part : model.parts()) parts.push_back(std::move(part));

  auto run = RunFolder::create(folder);
  make_folder(run.tokenizer_folder());
  tokenizer->save(run.tokenizer_folder());
  save_tensors(run.weights_file(), parts);
  run.write_config(
      {{"format_version", kRunFormatVersion},
       {"model", {{"kind", kind().name()}, {"smoothing", "back-off"}, {"order", order}}},
       {"tokenizer",
        {{"type", tokenizer->type()}, {"fingerprint", tokenizer->fingerprint()}, {"size", tokenizer->size()}}},
       {"data",
        {{"imported_from", options.input.filename().string()},
         {"format", "arpa"},
         {"sha256", sha256_of_file(options.input)},
         {"line_ends", options.line_ends}}},
       {"made_by", {{"langzoo", kVersion}}},
       {"outcome", {{"finished", true}, {"reason", "imported"}}}});
  return run;
}

}  // namespace zoo::ngram
