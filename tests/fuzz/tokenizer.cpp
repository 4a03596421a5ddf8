// A tokenizer's folder: tokenizer.json up to the first zero byte, then its other file; and it at work.
#include "tokenizers/tokenizer.h"

#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  const auto end = std::min(content.find('\0'), content.size());
  const auto rest = content.substr(std::min(end + 1, content.size()));
  zoo::fuzz_file("tokenizer/vocabulary.tsv", rest);
  zoo::fuzz_file("tokenizer/sentencepiece.model", rest);
  const auto file = zoo::fuzz_file("tokenizer/tokenizer.json", content.substr(0, end));
  const auto tokenizer = zoo::load_tokenizer(file.parent_path());
  const auto ids = tokenizer->encode("the king, the Königin \xE2\x82\xAC and \xFF");
  for (const auto id : ids) {
    if (id < 0 || id >= tokenizer->size()) __builtin_trap();
  }
  static_cast<void>(tokenizer->decode(ids));
}
