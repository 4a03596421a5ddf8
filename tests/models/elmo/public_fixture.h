#pragma once

#include <cstdlib>
#include <sstream>

#include "base/files.h"
#include "formats/hdf5.h"
#include "models/elmo/elmo.h"
#include "models/elmo/import.h"
#include "models/saved_model.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo::elmo {

namespace fs = std::filesystem;

/// The public model that lies beside the project (allenai/allennlp @ 80fb606), with its stored vectors.
inline fs::path fixture() {
  const char* shared = std::getenv("ZOO_SHARED");
  return fs::path(shared != nullptr ? shared : ZOO_SOURCE_DIR "/../shared") / "fixtures" / "elmo";
}

class PublicElmoFixture : public testing::Test {
 protected:
  void SetUp() override {
    if (fs::exists(fixture() / "options.json")) return;
    if (std::getenv("CI") != nullptr) FAIL() << fixture() << " is missing";
    GTEST_SKIP() << fixture() << " is missing";
  }

  /// The fixture as a run with its list of words, opened.
  SavedModel saved(const fs::path& words = {}) const {
    const PublicFiles files{fixture() / "options.json", fixture() / "lm_weights.hdf5"};
    import_elmo(files, words, folder_.path() / "run");
    const ModelKind* kinds[] = {&kind()};
    return load_run(folder_.path() / "run", kinds);
  }

  TemporaryFolder folder_;
};

inline std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::istringstream stream(line);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// Rows of words of which the vocabulary knows none: all are read by their letters.
inline WordRows spelled_rows(const std::vector<std::string>& lines) {
  WordRows rows;
  std::int64_t width = 0;
  rows.lengths = torch::empty({std::ssize(lines)}, torch::kInt64);
  for (const auto& line : lines) {
    rows.spellings.push_back(split(line));
    const auto length = std::ssize(rows.spellings.back());
    rows.lengths[std::ssize(rows.spellings) - 1] = length;
    width = std::max<std::int64_t>(width, length);
  }
  rows.words = torch::full({std::ssize(lines), width}, std::int64_t{kUnknown}, torch::kInt64);
  return rows;
}

inline Tensor stored(const Hdf5File& file, const std::string& name) {
  auto numbers = file.floats(name);
  return torch::from_blob(numbers.data(), file.shape(name), torch::kFloat).clone();
}

/// Of the fixture's 30 sentences, those whose top-layer vectors are the stored ones (atol 1e-6, rtol 1e-5). They stand
/// in lists, sentence i of each list in batch i; `carried`: the state goes on from batch to batch, as it did there.
inline int sentences_that_agree(Model& model, bool carried = true) {
  const auto lists = read_json(fixture() / "sentences.json").get<std::vector<std::vector<std::string>>>();
  State state;
  int agree = 0;
  for (std::size_t i = 0; i < lists[0].size(); ++i) {
    std::vector<std::string> lines;
    for (const auto& list : lists) lines.push_back(list[i]);
    const auto rows = spelled_rows(lines);
    if (!carried) state.clear();
    const auto vectors = model.context_vectors()->context_vectors(rows, state);  // [3, B, T, 32]
    for (std::size_t k = 0; k < lists.size(); ++k) {
      const auto row = static_cast<std::int64_t>(k), length = rows.lengths[row].item<std::int64_t>();
      const auto top = vectors[-1][row].narrow(0, 0, length);                         // [T, 32]
      const auto both = torch::stack({top.narrow(1, 0, 16), top.narrow(1, 16, 16)});  // [2, T, 16]
      const auto wanted = stored(Hdf5File(fixture() / fmt::format("lm_embeddings_{}.hdf5", k)), std::to_string(i));
      agree += both.sizes() == wanted.sizes() && torch::allclose(both, wanted, 1e-5, 1e-6);
    }
  }
  return agree;
}

}  // namespace zoo::elmo
