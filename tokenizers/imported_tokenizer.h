#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "tokenizers/foreign_ids.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// What an imported model's tokenizer is made from, whatever its type.
struct ForeignVocabulary {
  ForeignIds ids;
  std::vector<std::string> pieces;  ///< by foreign id; "" where an id has none (a table padded to a round number)
};

/// What the tokenizers of imported models share. Our special tokens are named as everywhere in the zoo, whatever their
/// foreign names; id() knows both.
///   imported.json   {"special": […5 ids or null], "rows": N, "pieces": […by foreign id], …what the type needs}
class ImportedTokenizer : public Tokenizer {
 public:
  std::int64_t size() const override { return vocabulary_.ids.size(); }
  std::string_view piece(TokenId id) const override;
  std::optional<TokenId> id(std::string_view piece) const override;
  std::string fingerprint() const override { return fingerprint_; }
  void save(const std::filesystem::path& folder) const override;

  const ForeignIds& foreign_ids() const { return vocabulary_.ids; }
  const std::vector<std::string>& foreign_pieces() const { return vocabulary_.pieces; }
  /// The foreign name of a special token, "" where it is absent.
  std::string special_name(TokenId id) const;
  /// Writes the files from which Hugging Face's `transformers` makes this tokenizer, but for tokenizer_config.json.
  virtual void export_files(const std::filesystem::path& folder) const = 0;

 protected:
  explicit ImportedTokenizer(ForeignVocabulary vocabulary);
  /// All that decides encode() beside the pieces, as imported.json keeps it.
  virtual Json rules() const = 0;
  /// To be called at the end of a constructor. `more`: bytes that decide encode() and stand in another file.
  void seal(std::string_view more = {});
  TokenId own(std::int64_t foreign) const { return vocabulary_.ids.own(foreign); }

 private:
  ForeignVocabulary vocabulary_;
  std::vector<std::string> names_;  // by our id
  std::unordered_map<std::string_view, TokenId> by_name_;
  std::string fingerprint_;
};

inline constexpr const char* kImportedFile = "imported.json";

/// What save() wrote. Throws Error naming the file and what is wrong with it.
struct SavedImport {
  ForeignVocabulary vocabulary;
  Json rules;  ///< the whole of imported.json
};
SavedImport read_imported(const std::filesystem::path& folder);

}  // namespace zoo
