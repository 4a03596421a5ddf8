#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// The text that all models of a comparison share, split once and tokenised once.
struct ComparedText {
  std::string name;                 ///< "the Brown corpus", or the inputs
  std::vector<std::string> inputs;  ///< what zoo-train reads: it splits by the same rule
  std::filesystem::path tokenizer_folder;
  std::shared_ptr<const Tokenizer> tokenizer;
  std::filesystem::path test_file;  ///< the test part, written out, documents parted by empty lines
  std::string key;                  ///< of text and tokenizer: other numbers mean other ids
  Json facts;                       ///< report.json's "text"
  Json baselines;                   ///< report.json's "baselines": the unigram
  std::vector<std::string> words;   ///< whose neighbours are shown
};

struct TextChoice {
  std::vector<std::string> inputs;  ///< empty: the Brown corpus, else the bible
  std::string tokenizer;            ///< empty: words of the training part
  std::vector<std::string> words;   ///< empty: chosen from the vocabulary
};

/// Finds (or fetches) the text, trains or loads the tokenizer, counts, and writes OUTPUT/tokenizer and
/// OUTPUT/test.txt. What could not be had is added to `left_out`. Throws Error with the way out where there is no text
/// at all.
ComparedText compared_text(const TextChoice& choice, const std::filesystem::path& output, Json& left_out);

/// Words worth looking at: well-known ones that occur at least 20 times, then frequent ones of four letters and more.
std::vector<std::string> words_to_show(const Tokenizer& tokenizer, std::span<const std::uint64_t> counts,
                                       std::size_t how_many);

/// exp of the mean negative log-probability of the test tokens by their shares (c + 1) / (N + V) of the training text.
double unigram_perplexity(std::span<const std::uint64_t> train_counts, std::span<const std::uint64_t> test_counts);

}  // namespace zoo
