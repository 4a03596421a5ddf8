#include "tokenizers/foreign_pieces_tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "tokenizers/tokenizer_files.h"
#include "tokenizers/vocabulary.h"

namespace zoo {
namespace {

/// ▁ as a space, but for one in front.
std::string spaced(std::string_view text) {
  constexpr std::string_view kMark = "▁";
  std::string result;
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  if (text.starts_with(' ')) text.remove_prefix(1);
  for (auto at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark)) {
    result.append(text.substr(0, at)).push_back(' ');
    text.remove_prefix(at + kMark.size());
  }
  return result.append(text);
}

}  // namespace

struct ForeignPiecesTokenizer::Library {
  Library(const std::string& model, std::string_view origin) {
    if (model.empty() || !processor.LoadFromSerializedProto(model).ok()) {
      fail("{}: is no SentencePiece model, or a damaged one", origin);
    }
  }
  sentencepiece::SentencePieceProcessor processor;
};

ForeignPiecesTokenizer::ForeignPiecesTokenizer(ForeignVocabulary vocabulary, std::string model, bool language_codes,
                                               std::string_view origin)
    : ImportedTokenizer(std::move(vocabulary)),
      model_(std::move(model)),
      language_codes_(language_codes),
      library_(std::make_unique<Library>(model_, origin)) {
  const auto& processor = library_->processor;
  for (int number = 0; number < processor.GetPieceSize(); ++number) {
    const auto found = processor.IsUnknown(number) ? std::nullopt : id(processor.IdToPiece(number));
    own_.push_back(found.value_or(kUnknown));
  }
  seal(model_);
}

ForeignPiecesTokenizer::~ForeignPiecesTokenizer() = default;

std::vector<std::string> ForeignPiecesTokenizer::pieces_of(const std::string& model, std::string_view origin) {
  const Library library(model, origin);
  std::vector<std::string> pieces;
  for (int number = 0; number < library.processor.GetPieceSize(); ++number) {
    pieces.push_back(library.processor.IdToPiece(number));
  }
  return pieces;
}

void ForeignPiecesTokenizer::encode(std::string_view line, std::vector<TokenId>& ids) const {
  if (language_codes_ && line.starts_with(">>")) {
    if (const auto end = line.find("<<"); end != std::string_view::npos) {
      ids.push_back(id(line.substr(0, end + 2)).value_or(kUnknown));
      line.remove_prefix(end + 2);
    }
  }
  const auto& processor = library_->processor;
  const auto numbers = processor.EncodeAsIds(line);
  const bool all_known = std::none_of(numbers.begin(), numbers.end(), [&](int n) { return processor.IsUnknown(n); });
  if (all_known) {
    for (const auto number : numbers) ids.push_back(own_[static_cast<std::size_t>(number)]);
    return;
  }
  // What the model does not know may be a piece of the vocabulary all the same: the other language's.
  for (const auto& piece : processor.EncodeAsPieces(line)) {
    const auto found = id(piece).value_or(kUnknown);
    ids.push_back(found < kSpecialTokens ? kUnknown : found);
  }
}

std::string ForeignPiecesTokenizer::decode(std::span<const TokenId> ids) const {
  std::vector<std::string> pieces;
  for (const auto id : ids) {
    const auto written = piece(id);
    if (id >= kSpecialTokens || id == kUnknown) pieces.emplace_back(written);
  }
  std::string text;
  const auto status = library_->processor.Decode(pieces, &text);
  if (!status.ok()) fail("cannot decode: {}", status.ToString());
  // Pieces of the vocabulary that this model lacks keep their mark of a space.
  return spaced(text);
}

std::string ForeignPiecesTokenizer::normalise(std::string_view line) const {
  std::string text;
  for (const auto& piece : library_->processor.EncodeAsPieces(line)) text += piece;
  return spaced(text);
}

void ForeignPiecesTokenizer::save(const std::filesystem::path& folder) const {
  write_file_atomically(folder / kSentencePieceFile, model_);
  ImportedTokenizer::save(folder);
}

std::shared_ptr<const Tokenizer> ForeignPiecesTokenizer::load(const std::filesystem::path& folder) {
  auto saved = read_imported(folder);
  const auto codes = saved.rules.value("language_codes", Json());
  if (!codes.is_boolean()) {
    fail("{}: is damaged: language_codes is missing; import the model anew", (folder / kImportedFile).string());
  }
  const auto file = folder / kSentencePieceFile;
  return std::make_shared<ForeignPiecesTokenizer>(std::move(saved.vocabulary), read_file(file, std::uint64_t{1} << 30),
                                                  codes.get<bool>(), file.string());
}

void ForeignPiecesTokenizer::export_files(const std::filesystem::path& folder) const {
  write_file_atomically(folder / "tokenizer.model", model_);
}

}  // namespace zoo
