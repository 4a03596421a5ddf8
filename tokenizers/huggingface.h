#pragma once

#include <filesystem>
#include <memory>

#include "tokenizers/imported_tokenizer.h"

namespace zoo {

// Tokenizers as Hugging Face's `transformers` and `tokenizers` save them beside a model. `rows`: how many tokens the
// model has rows for; a table padded to a round number has more than the tokenizer. Each throws Error naming the file
// that is missing, damaged or says what is not read here.

/// BERT's: tokenizer.json, or vocab.txt with tokenizer_config.json. Special tokens by their names, [PAD] … [MASK]
/// unless the files give others.
std::shared_ptr<const ImportedTokenizer> read_wordpiece(const std::filesystem::path& folder, std::int64_t rows);

/// GPT-2's and Llama 3's: tokenizer.json, or vocab.json with merges.txt. special: as the model's config gives them.
std::shared_ptr<const ImportedTokenizer> read_byte_bpe(const std::filesystem::path& folder, std::int64_t rows,
                                                       const ForeignIds::Special& special);

/// Llama's: tokenizer.model where there is one, else as read_byte_bpe.
std::shared_ptr<const ImportedTokenizer> read_llama(const std::filesystem::path& folder, std::int64_t rows,
                                                    const ForeignIds::Special& special);

/// Marian's, one a language: source.spm or target.spm, and vocab.json. start: the id of the token that a decoder starts
/// from, which serves as kBegin; in Marian's own models it is that of <pad>.
struct MarianTokenizers {
  std::shared_ptr<const ImportedTokenizer> source, target;
};
MarianTokenizers read_marian(const std::filesystem::path& folder, std::int64_t rows, std::int64_t start);

/// Whether the two below write such a tokenizer: an imported one, or a SentencePiece model of the zoo's own.
bool is_written_for_huggingface(const Tokenizer& tokenizer);
/// The tokenizer's files and tokenizer_config.json. name: the class that transformers makes of them, longest: how many
/// tokens its model reads.
void write_for_huggingface(const Tokenizer& tokenizer, const std::string& name, std::int64_t longest,
                           const std::filesystem::path& folder);
/// The same for a pair. Throws Error where they are no SentencePiece models of one vocabulary.
void write_marian(const Tokenizer& source, const Tokenizer& target, std::int64_t longest,
                  const std::filesystem::path& folder);

}  // namespace zoo
