#include "data/splits.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "data/block_pipeline.h"
#include "data/corpus_cache.h"
#include "data/corpus_file.h"
#include "data/corpus_writer.h"

namespace zoo {

Corpus open_corpus(const std::vector<std::string>& inputs, Part part, const Tokenizer& tokenizer,
                   const CorpusOptions& options) {
  const TextReader text(inputs, part);
  const auto folder = corpus_cache_folder(options.cache_folder);
  const auto key = sha256(fmt::format("corpus {} {} {} {} {}", kCorpusVersion, tokenizer.fingerprint(),
                                      content_hash(text.files(), folder), part_name(part), options.line_ends))
                       .substr(0, 32);
  const auto build = [&](const std::vector<std::filesystem::path>& files) {
    CorpusWriter writer(files[0], tokenizer, options.line_ends);
    run_over_blocks<EncodedLines>(
        BlockReader(text), text.total_bytes(), fmt::format("encoding {} ({})", text.name(), part_name(part)),
        available_threads(),
        [&](int, const TextBlock& block) {
          EncodedLines encoded;
          encoded.ids.reserve(block.text.size() / 4);
          for (const auto& line : block.lines) {
            encoded.add(tokenizer, block.line(line), line.document, options.line_ends);
          }
          return encoded;
        },
        [&](EncodedLines&& encoded) { writer.add(encoded); });
    if (writer.lines() == 0) {
      fail("{}: its {} part holds no line; give a text of at least 20 lines, or name this part's file (--valid FILE)",
           text.name(), part_name(part));
    }
    writer.finish();
  };
  return open_or_build(folder, key, {""}, build)[0];
}

}  // namespace zoo
