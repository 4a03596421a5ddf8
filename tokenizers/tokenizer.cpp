#include "tokenizers/tokenizer.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "tokenizers/byte_bpe_tokenizer.h"
#include "tokenizers/char_tokenizer.h"
#include "tokenizers/foreign_pieces_tokenizer.h"
#include "tokenizers/sentencepiece_tokenizer.h"
#include "tokenizers/tokenizer_files.h"
#include "tokenizers/word_tokenizer.h"
#include "tokenizers/wordpiece_tokenizer.h"

namespace zoo {

void write_description(const std::filesystem::path& folder, const Tokenizer& tokenizer, const Json& options) {
  write_json(folder / kDescriptionFile, {{"format_version", kTokenizerFormatVersion},
                                         {"type", tokenizer.type()},
                                         {"size", tokenizer.size()},
                                         {"fingerprint", tokenizer.fingerprint()},
                                         {"options", options}});
}

void read_description_options(const std::filesystem::path& folder, const Json& description,
                              const std::vector<std::string>& names, TokenizerOptions& options) {
  const auto file = (folder / kDescriptionFile).string();
  const auto given = description.value("options", Json::object());
  for (const auto& [name, value] : given.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) fail("{}: options.{}: not known", file, name);
  }
  for (const auto& name : names) {
    if (!given.contains(name)) fail("{}: options.{} is missing", file, name);
  }
  try {
    fields_of(options).read_json(given, "options");
  } catch (const UsageError& error) {
    fail("{}: {}", file, error.what());
  }
}

std::unique_ptr<TokenizerTrainer> make_tokenizer_trainer(const TokenizerOptions& options) {
  if (options.type == "word") return WordTokenizer::trainer(options);
  if (options.type == "char") return CharTokenizer::trainer(options);
  if (options.type == "unigram" || options.type == "bpe") return SentencePieceTokenizer::trainer(options);
  fail_usage("type: '{}' is not known; choose one of word, char, unigram, bpe", options.type);
}

void save_tokenizer(const Tokenizer& tokenizer, const std::filesystem::path& folder) {
  make_folder(folder);
  const TemporaryFolder fresh(folder);
  tokenizer.save(fresh.path());
  for (const char* name : {kVocabularyFile, kSentencePieceFile, kImportedFile, kDescriptionFile}) {
    std::error_code error;
    if (std::filesystem::exists(fresh.path() / name)) {
      std::filesystem::rename(fresh.path() / name, folder / name, error);
    } else {
      std::filesystem::remove(folder / name, error);  // of a tokenizer of another type
    }
    if (error) fail("{}: cannot be replaced: {}", (folder / name).string(), error.message());
  }
}

std::shared_ptr<const Tokenizer> load_tokenizer(const std::filesystem::path& folder) {
  const auto file = folder / kDescriptionFile;
  if (!exists(status_of(file))) {
    if (exists(status_of(folder / "tokenizer" / kDescriptionFile))) return load_tokenizer(folder / "tokenizer");
    fail("{}: is no tokenizer (it holds no {}); make one with zoo tokenizer train", folder.string(), kDescriptionFile);
  }
  const auto description = read_json(file);
  const auto text = [&](const char* key) {
    if (!description.is_object() || !description.contains(key) || !description[key].is_string()) {
      fail("{}: is no tokenizer's description: '{}' is missing", file.string(), key);
    }
    return description[key].get<std::string>();
  };
  const auto type = text("type"), fingerprint = text("fingerprint");
  const auto version = description.value("format_version", Json());
  if (version != kTokenizerFormatVersion) {
    fail("{}: format_version {} is not known; this program reads version {}", file.string(), version.dump(),
         kTokenizerFormatVersion);
  }
  if (!description.value("options", Json::object()).is_object()) fail("{}: options: not an object", file.string());
  std::shared_ptr<const Tokenizer> tokenizer;
  if (type == "word") {
    tokenizer = WordTokenizer::load(folder, description);
  } else if (type == "char") {
    tokenizer = CharTokenizer::load(folder, description);
  } else if (type == "unigram" || type == "bpe") {
    tokenizer = SentencePieceTokenizer::load(folder, description);
  } else if (type == "byte-bpe") {
    tokenizer = ByteBpeTokenizer::load(folder);
  } else if (type == "wordpiece") {
    tokenizer = WordPieceTokenizer::load(folder);
  } else if (type == "sentencepiece") {
    tokenizer = ForeignPiecesTokenizer::load(folder);
  } else {
    fail("{}: type '{}' is not known to this program", file.string(), type);
  }
  if (tokenizer->fingerprint() != fingerprint) {
    fail("{}: the tokenizer's files do not agree with the fingerprint in {}; they were changed after they were saved",
         folder.string(), kDescriptionFile);
  }
  return tokenizer;
}

}  // namespace zoo
