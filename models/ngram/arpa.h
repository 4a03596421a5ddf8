#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "models/ngram/model.h"
#include "runs/run_folder.h"
#include "tokenizers/tokenizer.h"

/// N-gram models as ARPA files. Their text is one stream in which kEnd is a word like others; the format's readers
/// begin each sentence with <s>. So that both read the same model:
/// - Pieces are written as they are, kEnd as </s>, kUnknown as <unk>. N-grams run over line ends: "years </s> The".
///   Read as one stream, with </s> as a word, the file gives each word the probability that the model gives it.
/// - Every n-gram that begins with </s> stands there once more with <s> in its place. A reader that begins a sentence
///   with <s> and closes it with </s> so gets what the model says at a line's begin, without the line before.
/// A file of others has no n-grams that go on after </s>. Then <s> is what stands before a line: its n-grams become
/// those that go on after kEnd, and the stream is scored as those programs score sentence after sentence.
namespace zoo::ngram {

/// Writes the model and returns how many n-grams of each length. Throws Error for deleted interpolation, which has no
/// back-off form, and for a piece that the format cannot hold (one with a gap in it).
std::vector<std::uint64_t> write_arpa(Ngram& model, const Tokenizer& tokenizer, const std::filesystem::path& file);

/// A file's n-grams as a trie, with its words in their order behind the special tokens.
struct ArpaModel {
  Counts trie{1, 0};
  BackOffWeights weights;
  std::vector<std::string> words;  ///< [V − kSpecialTokens]; empty where a tokenizer was given
  bool sentences = false;          ///< nothing goes on after </s>: <s> stands for kEnd
  std::int64_t without = 0;        ///< tokens that may occur and have no probability
};

/// Without a tokenizer the file's words are the vocabulary; with one, its words must be pieces of it. Words without a
/// probability (a piece that the file lacks, <unk> where it is missing) and those of less get 1e-37.
/// Throws Error with the file's name and line: what ArpaFile finds; a word that is no 1-gram or no piece, an n-gram
/// that stands twice or whose first words are no n-gram, an n-gram that others go on from without a back-off weight, a
/// longer n-gram than Node and kMaxOrder allow.
ArpaModel read_arpa(const std::filesystem::path& file, const Tokenizer* tokenizer);

struct ArpaImport {
  std::filesystem::path input, tokenizer;  ///< no tokenizer: words are what stands between gaps
  bool line_ends = true;                   ///< whether a text's line ends are tokens to be scored
};

/// Makes a run folder of it, smoothing "back-off". Warns where probabilities do not sum to one.
RunFolder import_arpa(const ArpaImport& options, const std::filesystem::path& folder);

}  // namespace zoo::ngram
