#pragma once

#include <functional>
#include <string_view>

namespace zoo {

/// How a text is cut before byte-level BPE looks at each part by itself.
///   gpt2     's 't 're 've 'm 'll 'd; letters, numbers, or other signs, each with the space before it; spaces
///   llama3   the same in capitals too; letters with any one sign before them; up to three figures; signs with the line
///            ends behind them
///   qwen2    as llama3, but each figure by itself
enum class ByteBpeRule { gpt2, llama3, qwen2 };

/// Calls emit for each part of `text` (UTF-8) in order; together they are the text.
void split_for_byte_bpe(std::string_view text, ByteBpeRule rule, const std::function<void(std::string_view)>& emit);

/// The regular expression that says the same, as tokenizer.json names it.
std::string_view byte_bpe_pattern(ByteBpeRule rule);

}  // namespace zoo
