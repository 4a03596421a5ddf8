#include "training/run_texts.h"

#include "base/error.h"
#include "data/parallel_corpus.h"
#include "data/train_tokenizer.h"
#include "training/start_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// A folder with one tokenizer, or with source/ and target/; or a run that holds either as tokenizer/.
Tokenizers load_two_tokenizers(const fs::path& folder) {
  const auto inside = fs::is_directory(folder / "tokenizer") ? folder / "tokenizer" : folder;
  if (fs::is_directory(inside / "source") && fs::is_directory(inside / "target")) {
    return {load_tokenizer(inside / "target"), load_tokenizer(inside / "source")};
  }
  const auto both = load_tokenizer(inside);
  return {both, both};
}

}  // namespace

Part training_part(const DataOptions& data) {
  return (data.two_languages() ? data.valid_source : data.valid).empty() ? Part::train : Part::all;
}

Tokenizers tokenizers_of(const RunOptions& options) {
  const auto& data = options.data;
  const auto part = training_part(data);
  if (!data.two_languages()) {
    if (!options.tokenizer_folder.empty()) return {load_tokenizer(options.tokenizer_folder), nullptr};
    auto tokenizer = train_tokenizer(options.tokenizer, TextReader(data.input, part));
    if (!data.init_from.empty()) tokenizer = grown_tokenizer(data.init_from, options.kind, std::move(tokenizer));
    return {std::move(tokenizer), nullptr};
  }
  if (!options.tokenizer_folder.empty()) return load_two_tokenizers(options.tokenizer_folder);
  if (data.one_tokenizer) {
    auto texts = data.source;
    texts.insert(texts.end(), data.target.begin(), data.target.end());
    const auto both = train_tokenizer(options.tokenizer, TextReader(texts, part));
    return {both, both};
  }
  return {train_tokenizer(options.tokenizer, TextReader(data.target, part)),
          train_tokenizer(options.tokenizer, TextReader(data.source, part))};
}

TrainingData corpora_of(const DataOptions& data, const Tokenizers& tokenizers) {
  const CorpusOptions corpus{.line_ends = data.line_ends};
  const auto part = training_part(data);
  if (!data.two_languages()) {
    auto train = open_corpus(data.input, part, *tokenizers.own, corpus);
    auto valid = data.valid.empty() ? open_corpus(data.input, Part::valid, *tokenizers.own, corpus)
                                    : open_corpus(data.valid, Part::all, *tokenizers.own, corpus);
    return {std::move(train), std::move(valid), std::nullopt, std::nullopt};
  }
  const auto pairs = [&](const auto& source, const auto& target, Part which) {
    return open_parallel_corpus(source, target, which, *tokenizers.source, *tokenizers.own, corpus);
  };
  auto train = pairs(data.source, data.target, part);
  auto valid = data.valid_source.empty() ? pairs(data.source, data.target, Part::valid)
                                         : pairs(data.valid_source, data.valid_target, Part::all);
  return {std::move(train.target), std::move(valid.target), std::move(train.source), std::move(valid.source)};
}

void check_texts(const DataOptions& data) {
  if (!data.two_languages()) {
    if (data.input.empty()) fail_usage("--input: give the text to train on, for example --input corpus.txt");
    return;
  }
  if (data.source.empty() || data.target.empty()) {
    fail_usage("--source and --target go together: a text and its translation, line by line");
  }
  if (data.valid_source.empty() != data.valid_target.empty()) {
    fail_usage("--valid-source and --valid-target go together: a text and its translation, line by line");
  }
  if (!data.input.empty() || !data.valid.empty()) {
    fail_usage("--input and --valid are one text; with --source and --target give --valid-source and --valid-target");
  }
  if (!data.line_ends) fail_usage("--line-ends: a translation needs them, they tell where a sentence ends");
}

Json text_facts(const TrainingData& data) {
  Json facts = {{"training_tokens", data.train.size()},
                {"training_text", data.train.path().stem().string()},
                {"validation_tokens", data.valid->size()},
                {"validation_text", data.valid->path().stem().string()}};
  if (data.train_source) {
    facts["training_source_tokens"] = data.train_source->size();
    facts["training_source_text"] = data.train_source->path().stem().string();
    facts["validation_source_text"] = data.valid_source->path().stem().string();
  }
  return facts;
}

}  // namespace zoo
