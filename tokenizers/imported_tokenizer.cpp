#include "tokenizers/imported_tokenizer.h"

#include "base/error.h"
#include "base/hash.h"
#include "tokenizers/tokenizer_files.h"
#include "tokenizers/vocabulary.h"

namespace zoo {

ImportedTokenizer::ImportedTokenizer(ForeignVocabulary vocabulary) : vocabulary_(std::move(vocabulary)) {
  const auto& ids = vocabulary_.ids;
  if (std::ssize(vocabulary_.pieces) > ids.rows()) {
    fail("the tokenizer has {} tokens and the model rows for {}; are they of two different models?",
         vocabulary_.pieces.size(), ids.rows());
  }
  vocabulary_.pieces.resize(static_cast<std::size_t>(ids.rows()));
  for (std::int64_t id = 0; id < ids.size(); ++id) {
    if (id < kSpecialTokens) {
      names_.emplace_back(kSpecialPieces[id]);
      continue;
    }
    const auto& piece = vocabulary_.pieces[static_cast<std::size_t>(ids.foreign(id))];
    names_.push_back(piece.empty() ? fmt::format("<unused {}>", ids.foreign(id)) : piece);
  }
  for (std::int64_t id = 0; id < ids.rows(); ++id) {
    const auto& piece = vocabulary_.pieces[static_cast<std::size_t>(id)];
    if (!piece.empty()) by_name_.emplace(piece, ids.own(id));
  }
  for (TokenId id = 0; id < std::ssize(names_); ++id) by_name_.emplace(names_[static_cast<std::size_t>(id)], id);
}

std::string_view ImportedTokenizer::piece(TokenId id) const {
  if (id < 0 || id >= size()) fail("id {}: not in the vocabulary of {} pieces (0 … {})", id, size(), size() - 1);
  return names_[static_cast<std::size_t>(id)];
}

std::optional<TokenId> ImportedTokenizer::id(std::string_view piece) const {
  const auto found = by_name_.find(piece);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

std::string ImportedTokenizer::special_name(TokenId id) const {
  const auto foreign = vocabulary_.ids.foreign(id);
  return foreign == ForeignIds::kAbsent ? "" : vocabulary_.pieces[static_cast<std::size_t>(foreign)];
}

void ImportedTokenizer::seal(std::string_view more) {
  std::string all = fmt::format("{} 1 {} {}\n", type(), vocabulary_.ids.rows(), rules().dump());
  for (const auto id : vocabulary_.ids.special()) all += fmt::format("{} ", id);
  for (const auto& piece : vocabulary_.pieces) (all += '\n') += piece;
  (all += '\n') += more;
  fingerprint_ = sha256(all);
}

void ImportedTokenizer::save(const std::filesystem::path& folder) const {
  Json content = {{"special", Json::array()}, {"rows", vocabulary_.ids.rows()}};
  for (const auto id : vocabulary_.ids.special()) {
    content["special"].push_back(id == ForeignIds::kAbsent ? Json() : Json(id));
  }
  content.update(rules());
  content["pieces"] = vocabulary_.pieces;
  write_json(folder / kImportedFile, content);
  write_description(folder, *this, Json::object());
}

SavedImport read_imported(const std::filesystem::path& folder) {
  const auto file = folder / kImportedFile;
  auto content = read_json(file);
  try {
    ForeignIds::Special special;
    const auto& given = content.at("special");
    if (given.size() != special.size())
      fail("{}: 'special' holds {} ids, 5 were expected", file.string(), given.size());
    for (std::size_t i = 0; i < special.size(); ++i) {
      special[i] = given[i].is_null() ? ForeignIds::kAbsent : given[i].get<std::int64_t>();
    }
    auto pieces = content.at("pieces").get<std::vector<std::string>>();
    const auto rows = content.at("rows").get<std::int64_t>();
    if (rows != std::ssize(pieces)) {
      fail("{}: 'rows' says {}, and there are {} pieces", file.string(), rows, pieces.size());
    }
    return {{ForeignIds(special, rows), std::move(pieces)}, std::move(content)};
  } catch (const Json::exception& error) {
    fail("{}: is damaged: {}; import the model anew", file.string(), error.what());
  }
}

}  // namespace zoo
