// An imported model as a run folder.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "base/version.h"
#include "models/elmo/elmo.h"
#include "models/elmo/import.h"
#include "models/saved_model.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_tokenizer.h"

namespace zoo::elmo {
namespace {

namespace fs = std::filesystem;

/// Of a vocabulary something must be there: the words of one printable character.
std::string ascii_words() {
  std::string text;
  for (char letter = '!'; letter <= '~'; ++letter) text += {letter, '\n'};
  return text;
}

/// Words by lines, split by spaces: pre-tokenised text is what such a model reads.
WordTokenizer tokenizer_of(const fs::path& words, const fs::path& scratch) {
  std::string table;
  PieceTable seen;
  for (const auto piece : kSpecialPieces) table += fmt::format("{}\t0\n", piece);
  const auto text = words.empty() ? ascii_words() : read_file(words);
  if (!is_utf8(text) || text.find('\0') != std::string::npos) {
    fail("{}: is no UTF-8 text; give a file with a word a line", words.string());
  }
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto word = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    if (word.ends_with('\r')) word.remove_suffix(1);
    if (word.empty() || is_special_piece(word) || seen.find(word) != PieceTable::kNone) continue;
    if (word.find_first_of(" \t") != std::string_view::npos) {
      fail("{}: '{}' is more than one word; give a file with a word a line", words.string(), word.substr(0, 100));
    }
    seen.insert(word);
    table += fmt::format("{}\t0\n", word);
  }
  const auto file = scratch / "words.tsv";
  write_file_atomically(file, table);
  return WordTokenizer(Vocabulary::load(file), /*lowercase=*/false, /*split_punctuation=*/false);
}

fs::path only_file(const fs::path& folder, const std::string& ending) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().string().ends_with(ending)) found.push_back(entry.path());
  }
  if (error) fail("{}: {}; give a folder with *options.json and *weights.hdf5", folder.string(), error.message());
  if (found.size() != 1) {
    fail("{}: holds {} files *{}, one was expected", folder.string(), found.size(), ending);
  }
  return found[0];
}

}  // namespace

PublicFiles find_public_files(const fs::path& folder) {
  return {only_file(folder, "options.json"), only_file(folder, "weights.hdf5")};
}

RunFolder import_elmo(const PublicFiles& files, const fs::path& words, const fs::path& folder) {
  const auto imported = read_public_elmo(files.options, files.weights);
  const TemporaryFolder scratch;
  const auto tokenizer = tokenizer_of(words, scratch.path());
  auto options = imported.options;
  const auto model_options = fields_of(options).to_json();
  const auto model = kind().create(model_options, vocabulary_of(tokenizer));
  std::map<std::string, Tensor> own;
  for (const auto& [name, tensor] : model->parts()) own.emplace(name, tensor);
  for (const auto& [name, tensor] : imported.parameters) own.at(name).copy_(tensor);

  auto run = RunFolder::create(folder);
  make_folder(run.tokenizer_folder());
  tokenizer.save(run.tokenizer_folder());
  save_tensors(run.weights_file(), model->parts());
  Json model_section = {{"kind", kind().name()}};
  model_section.update(model_options);
  run.write_config(
      {{"format_version", kRunFormatVersion},
       {"model", model_section},
       {"tokenizer",
        {{"type", tokenizer.type()}, {"fingerprint", tokenizer.fingerprint()}, {"size", tokenizer.size()}}},
       {"data",
        {{"imported_from", files.weights.filename().string()},
         {"format", "elmo-hdf5"},
         {"sha256", sha256_of_file(files.weights)}}},
       {"word_vectors", {{"tensor", model->word_vectors()->word_vectors_part()}}},
       {"made_by", {{"langzoo", kVersion}}},
       {"outcome", {{"finished", true}, {"reason", "imported"}}}});
  return run;
}

}  // namespace zoo::elmo
