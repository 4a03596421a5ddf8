#include "tokenizers/huggingface.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "tokenizers/foreign_pieces_tokenizer.h"
#include "tokenizers/huggingface_parts.h"
#include "tokenizers/sentencepiece_tokenizer.h"
#include "tokenizers/vocabulary.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestModel = std::uint64_t{1} << 30;  ///< bytes of a SentencePiece file

std::int64_t id_of(const std::vector<std::string>& pieces, std::string_view name) {
  const auto found = std::find(pieces.begin(), pieces.end(), name);
  return found == pieces.end() ? ForeignIds::kAbsent : found - pieces.begin();
}

}  // namespace

bool is_there(const fs::path& file) { return is_regular_file(status_of(file)); }

PlainJson read_if_there(const fs::path& file) {
  if (!is_there(file)) return PlainJson::object();
  auto value = read_plain_json(file);
  if (!value.is_object()) fail("{}: an object was expected", file.string());
  return value;
}

std::vector<std::string> pieces_by_id(const PlainJson& vocabulary, const PlainJson& added, std::int64_t rows,
                                      const fs::path& file) {
  std::vector<std::string> pieces(static_cast<std::size_t>(rows));
  const auto put = [&](const std::string& piece, const PlainJson& id) {
    if (!id.is_number_integer()) fail("{}: the id of '{}' is {}, no number", file.string(), piece, id.dump());
    const auto number = id.get<std::int64_t>();
    if (number < 0 || number >= rows) {
      fail("{}: '{}' has id {}, and the model has rows for 0 … {}; are they of two different models?", file.string(),
           piece, number, rows - 1);
    }
    auto& place = pieces[static_cast<std::size_t>(number)];
    if (!place.empty() && place != piece) {
      fail("{}: '{}' and '{}' have the same id {}", file.string(), place, piece, number);
    }
    place = piece;
  };
  if (!vocabulary.is_object()) fail("{}: its vocabulary is no object", file.string());
  for (const auto& [piece, id] : vocabulary.items()) put(piece, id);
  for (const auto& token : added) {
    if (const auto text = token_text(token, "content")) put(*text, token.value("id", PlainJson()));
  }
  return pieces;
}

std::optional<std::string> token_text(const PlainJson& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return std::nullopt;
  const auto& value = object.at(key);
  if (value.is_string()) return value.get<std::string>();
  return token_text(value, "content");
}

bool truth(const PlainJson& object, const char* key, bool otherwise, const fs::path& file) {
  if (!object.is_object() || !object.contains(key) || object.at(key).is_null()) return otherwise;
  if (!object.at(key).is_boolean())
    fail("{}: {} is {}, true or false was expected", file.string(), key, object.at(key).dump());
  return object.at(key).get<bool>();
}

std::shared_ptr<const ImportedTokenizer> read_llama(const fs::path& folder, std::int64_t rows,
                                                    const ForeignIds::Special& special) {
  const auto file = folder / "tokenizer.model";
  if (!is_there(file)) return read_byte_bpe(folder, rows, special);
  auto model = read_file(file, kLargestModel);
  auto pieces = ForeignPiecesTokenizer::pieces_of(model, file.string());
  auto ids = special;
  if (ids[kUnknown] == ForeignIds::kAbsent) ids[kUnknown] = id_of(pieces, "<unk>");
  return std::make_shared<ForeignPiecesTokenizer>(ForeignVocabulary{ForeignIds(ids, rows), std::move(pieces)},
                                                  std::move(model), /*language_codes=*/false, file.string());
}

MarianTokenizers read_marian(const fs::path& folder, std::int64_t rows, std::int64_t start) {
  const auto file = folder / "vocab.json";
  for (const auto* name : {"vocab.json", "source.spm", "target.spm"}) {
    if (!is_there(folder / name)) {
      fail("{}: is not there; a Marian model has vocab.json, source.spm and target.spm beside its weights",
           (folder / name).string());
    }
  }
  if (truth(read_if_there(folder / "tokenizer_config.json"), "separate_vocabs", false, folder)) {
    fail("{}: has a vocabulary a language (separate_vocabs), which is not read here; one for both is", folder.string());
  }
  const auto pieces = pieces_by_id(read_plain_json(file), PlainJson::array(), rows, file);
  const auto pad = id_of(pieces, "<pad>"), unknown = id_of(pieces, "<unk>"), end = id_of(pieces, "</s>");
  for (const auto& [id, name] : {std::pair{pad, "<pad>"}, {unknown, "<unk>"}, {end, "</s>"}}) {
    if (id == ForeignIds::kAbsent) fail("{}: lacks the token {}; is it a Marian model's?", file.string(), name);
  }
  const ForeignVocabulary vocabulary{ForeignIds({pad, unknown, start, end, ForeignIds::kAbsent}, rows), pieces};
  const auto of = [&](const char* name) {
    return std::make_shared<ForeignPiecesTokenizer>(vocabulary, read_file(folder / name, kLargestModel),
                                                    /*language_codes=*/true, (folder / name).string());
  };
  return {of("source.spm"), of("target.spm")};
}

namespace {

/// What of a SentencePiece tokenizer, imported or the zoo's own, goes into files.
struct Pieces {
  const std::string* model;
  std::vector<std::string> pieces;  ///< by their id, "" where there is none
  std::array<std::string, kSpecialTokens> special;
};
std::optional<Pieces> sentencepieces_of(const Tokenizer& tokenizer) {
  Pieces result;
  if (const auto* foreign = dynamic_cast<const ForeignPiecesTokenizer*>(&tokenizer)) {
    result.model = &foreign->model();
    result.pieces = foreign->foreign_pieces();
    for (TokenId id = 0; id < kSpecialTokens; ++id) {
      result.special[static_cast<std::size_t>(id)] = foreign->special_name(id);
    }
    return result;
  }
  const auto* own = dynamic_cast<const SentencePieceTokenizer*>(&tokenizer);
  if (own == nullptr) return std::nullopt;
  result.model = &own->model();
  for (std::int64_t id = 0; id < own->size(); ++id) result.pieces.emplace_back(own->piece(static_cast<TokenId>(id)));
  std::copy(std::begin(kSpecialPieces), std::end(kSpecialPieces), result.special.begin());
  return result;
}

constexpr const char* kTokenKeys[kSpecialTokens] = {"pad_token", "unk_token", "bos_token", "eos_token", "mask_token"};

}  // namespace

bool is_written_for_huggingface(const Tokenizer& tokenizer) {
  return dynamic_cast<const ImportedTokenizer*>(&tokenizer) != nullptr || sentencepieces_of(tokenizer).has_value();
}

void write_for_huggingface(const Tokenizer& tokenizer, const std::string& name, std::int64_t longest,
                           const fs::path& folder) {
  PlainJson config = {{"tokenizer_class", name}, {"model_max_length", longest}};
  if (const auto pieces = sentencepieces_of(tokenizer)) {
    write_file_atomically(folder / "tokenizer.model", *pieces->model);
    for (std::size_t id = 0; id < pieces->special.size(); ++id) {
      if (!pieces->special[id].empty()) config[kTokenKeys[id]] = pieces->special[id];
    }
    return write_plain_json(folder / "tokenizer_config.json", config);
  }
  const auto& imported = dynamic_cast<const ImportedTokenizer&>(tokenizer);
  imported.export_files(folder);
  const bool bert = tokenizer.type() == "wordpiece";
  for (TokenId id = 0; id < kSpecialTokens; ++id) {
    const auto special = imported.special_name(id);
    const char* key = !bert ? kTokenKeys[id] : id == kBegin ? "cls_token" : id == kEnd ? "sep_token" : kTokenKeys[id];
    if (!special.empty()) config[key] = special;
  }
  if (bert) {
    const auto rules = read_plain_json(folder / "tokenizer.json").at("normalizer");
    config["do_lower_case"] = rules.at("lowercase");
    config["strip_accents"] = rules.at("strip_accents");
    config["tokenize_chinese_chars"] = rules.at("handle_chinese_chars");
  }
  write_plain_json(folder / "tokenizer_config.json", config);
}

void write_marian(const Tokenizer& source, const Tokenizer& target, std::int64_t longest, const fs::path& folder) {
  const auto from = sentencepieces_of(source), to = sentencepieces_of(target);
  if (!from || !to) {
    fail("marian reads text by SentencePiece models, and these tokenizers are of the types {} and {}", source.type(),
         target.type());
  }
  if (from->pieces != to->pieces) {
    fail(
        "marian has one vocabulary for both languages; these two tokenizers have one each (train with "
        "--one-tokenizer)");
  }
  write_file_atomically(folder / "source.spm", *from->model);
  write_file_atomically(folder / "target.spm", *to->model);
  PlainJson vocabulary = PlainJson::object();
  for (std::size_t id = 0; id < from->pieces.size(); ++id) {
    if (!from->pieces[id].empty()) vocabulary[from->pieces[id]] = id;
  }
  write_plain_json(folder / "vocab.json", vocabulary);
  write_plain_json(folder / "tokenizer_config.json", {{"tokenizer_class", "MarianTokenizer"},
                                                      {"model_max_length", longest},
                                                      {"pad_token", from->special[kPad]},
                                                      {"unk_token", from->special[kUnknown]},
                                                      {"eos_token", from->special[kEnd]},
                                                      {"separate_vocabs", false}});
}

}  // namespace zoo
