#include "report/compared_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "data/catalog.h"
#include "data/corpus_cache.h"
#include "data/splits.h"
#include "data/train_tokenizer.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

struct Source {
  std::string name;
  std::vector<std::string> inputs;
  bool tokenised = false;  ///< words are parted by spaces already
};

Source source_of(const TextChoice& choice, Json& left_out) {
  if (!choice.inputs.empty()) return {TextReader(choice.inputs).name(), choice.inputs, false};
  for (const auto& [dataset, title, tokenised] :
       {std::tuple("brown", "the Brown corpus", true), std::tuple("bible", "the King James bible", false)}) {
    try {
      return {title, {dataset_file(dataset).string()}, tokenised};
    } catch (const Interrupted&) {
      throw;
    } catch (const Error& error) {
      log_warning(error.what());
      left_out.push_back({{"what", title}, {"why", error.what()}});
    }
  }
  fail(
      "no text to compare on: neither brown nor bible could be had; give your own by --input FILE, or one of them by "
      "`zoo data get brown --from FILE`");
}

/// The tokenizer of an earlier comparison of the same text in the same output folder, or a new one.
std::shared_ptr<const Tokenizer> own_tokenizer(const Source& source, const std::string& text_key,
                                               const fs::path& folder) {
  const TokenizerOptions options{.type = "word",
                                 .vocabulary_size = 16384,
                                 .min_count = 2,
                                 .split = source.tokenised ? "whitespace" : "punctuation"};
  auto copy = options;
  const auto key = sha256(text_key + fields_of(copy).to_json().dump());
  const auto note = folder / "made_from.json";
  if (fs::exists(note) && read_json(note).value("key", "") == key) return load_tokenizer(folder);
  auto tokenizer = train_tokenizer(options, TextReader(source.inputs, Part::train));
  save_tokenizer(*tokenizer, folder);
  write_json(note, {{"key", key}});
  return tokenizer;
}

void write_test_part(const std::vector<std::string>& inputs, const fs::path& file) {
  AtomicFile out(file);
  std::int64_t last = -1;
  TextReader(inputs, Part::test).for_each_line([&](std::string_view line, std::int64_t document) {
    if (last >= 0 && document != last) out.write("\n");
    last = document;
    out.write(line);
    out.write("\n");
  });
  out.commit();
}

}  // namespace

double unigram_perplexity(std::span<const std::uint64_t> train_counts, std::span<const std::uint64_t> test_counts) {
  double total = static_cast<double>(train_counts.size()), tokens = 0, sum = 0;
  for (const auto count : train_counts) total += static_cast<double>(count);
  for (std::size_t id = 0; id < test_counts.size(); ++id) {
    const auto count = static_cast<double>(test_counts[id]);
    sum -= count * std::log((static_cast<double>(train_counts[id]) + 1) / total);
    tokens += count;
  }
  return std::exp(sum / tokens);
}

std::vector<std::string> words_to_show(const Tokenizer& tokenizer, std::span<const std::uint64_t> counts,
                                       std::size_t how_many) {
  std::vector<std::string> words;
  for (const auto* word : {"water", "money", "king", "three", "said", "school", "war", "night"}) {
    const auto id = tokenizer.id(word);
    if (id && counts[static_cast<std::size_t>(*id)] >= 20) words.emplace_back(word);
    if (words.size() == how_many) return words;
  }
  std::vector<TokenId> ids;
  for (TokenId id = kSpecialTokens; id < tokenizer.size(); ++id) ids.push_back(id);
  const auto count = [&](TokenId id) { return counts[static_cast<std::size_t>(id)]; };
  std::stable_sort(ids.begin(), ids.end(), [&](TokenId a, TokenId b) { return count(a) > count(b); });
  for (const auto id : ids) {
    if (words.size() == how_many || count(id) == 0) break;
    const std::string word(tokenizer.piece(id));
    const bool letters =
        std::all_of(word.begin(), word.end(), [](char c) { return (c & 0x80) != 0 || std::isalpha(c); });
    if (word.size() < 4 || !letters || std::find(words.begin(), words.end(), word) != words.end()) continue;
    words.push_back(word);
  }
  return words;
}

ComparedText compared_text(const TextChoice& choice, const fs::path& output, Json& left_out) {
  const auto source = source_of(choice, left_out);
  ComparedText text{.name = source.name, .inputs = source.inputs};
  const auto content = content_hash(expand_inputs(source.inputs), corpus_cache_folder({}));
  if (choice.tokenizer.empty()) {
    text.tokenizer_folder = output / "tokenizer";
    text.tokenizer = own_tokenizer(source, content, text.tokenizer_folder);
  } else {
    text.tokenizer_folder = choice.tokenizer;
    text.tokenizer = load_tokenizer(choice.tokenizer);
  }
  text.key = sha256(content + text.tokenizer->fingerprint());
  text.test_file = output / "test.txt";
  write_test_part(source.inputs, text.test_file);
  const auto train = open_corpus(source.inputs, Part::train, *text.tokenizer);
  const auto valid = open_corpus(source.inputs, Part::valid, *text.tokenizer);
  const auto test = open_corpus({text.test_file.string()}, Part::all, *text.tokenizer);
  text.facts = {{"name", source.name},
                {"train_tokens", train.size()},
                {"valid_tokens", valid.size()},
                {"test_tokens", test.size()},
                {"vocabulary", text.tokenizer->size()},
                {"tokenizer_type", text.tokenizer->type()},
                {"unknown_share_of_test",
                 fmt::format("{:.1f} %", 100.0 * static_cast<double>(test.unknown_tokens()) /
                                             static_cast<double>(std::max<std::int64_t>(1, test.size())))},
                {"tokenizer_fingerprint", text.tokenizer->fingerprint()}};
  text.baselines = {
      {"unigram", {{"title", "Unigram"}, {"perplexity", unigram_perplexity(train.counts(), test.counts())}}}};
  text.words = choice.words.empty() ? words_to_show(*text.tokenizer, train.counts(), 6) : choice.words;
  return text;
}

}  // namespace zoo
