#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "tokenizers/tokenizer.h"
#include "tokenizers/tokenizer_options.h"
#include "tokenizers/vocabulary.h"

namespace zoo {

// What the tokenizers' folders have in common.
//   tokenizer.json   {"format_version": 1, "type": …, "size": V, "fingerprint": …, "options": {…}}
//   vocabulary.tsv   of the word and character types: a line "piece TAB count" for each id
//   sentencepiece.model   of the unigram and BPE types, as SentencePiece itself writes it

inline constexpr int kTokenizerFormatVersion = 1;
inline constexpr const char* kDescriptionFile = "tokenizer.json";
inline constexpr const char* kVocabularyFile = "vocabulary.tsv";
inline constexpr const char* kSentencePieceFile = "sentencepiece.model";

void write_description(const std::filesystem::path& folder, const Tokenizer& tokenizer, const Json& options);

/// Sets those of `options` that tokenizer.json names; all of `names` must stand there, and nothing else.
void read_description_options(const std::filesystem::path& folder, const Json& description,
                              const std::vector<std::string>& names, TokenizerOptions& options);

}  // namespace zoo
