#include "training/start_vectors.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "models/saved_model.h"
#include "runs/run_folder.h"
#include "tokenizers/word_tokenizer.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

/// The run, if `from` is the folder of one of this kind.
std::optional<RunFolder> run_of_kind(const std::string& from, const ModelKind& kind) {
  if (!is_directory(status_of(from))) return std::nullopt;
  auto run = RunFolder::open(from);
  if (run.model_kind() != kind.name()) return std::nullopt;
  return run;
}

}  // namespace

StartVectors start_vectors(const std::string& from, const ModelKind& kind, const Tokenizer& tokenizer) {
  const auto table = open_vectors(from);
  StartVectors start;
  start.from = from;
  start.rows.assign(static_cast<std::size_t>(tokenizer.size()), -1);
  start.vectors = torch::zeros({tokenizer.size(), table.dimension()});  // [V, D]
  const auto run = run_of_kind(from, kind);
  if (run) {
    start.options = run->config().at("model");
    start.parts = load_tensors(run->weights_file());
  }
  const std::int64_t before = run ? kSpecialTokens : 0;  // a run's table leaves the special tokens' rows out
  std::int64_t known = 0;
  for (TokenId id = kSpecialTokens; id < tokenizer.size(); ++id) {
    const auto row = table.find(tokenizer.piece(id));
    if (!row) continue;
    auto* vector = start.vectors.data_ptr<float>() + id * table.dimension();
    table.copy_row(*row, vector);
    if (!std::all_of(vector, vector + table.dimension(), [](float x) { return std::isfinite(x); })) {
      fail("--init-from {}: the vector of '{}' holds what is no number; mend the file", from, tokenizer.piece(id));
    }
    start.rows[static_cast<std::size_t>(id)] = *row + before;
    ++known;
  }
  if (known == 0) fail("--init-from {}: none of its {} words is in the vocabulary", from, table.size());
  log_info(fmt::format("{} of {} words start from {}", known, tokenizer.size() - kSpecialTokens, from));
  return start;
}

std::shared_ptr<const Tokenizer> grown_tokenizer(const std::string& from, const ModelKind& kind,
                                                 std::shared_ptr<const Tokenizer> on_new_text) {
  const auto run = run_of_kind(from, kind);
  if (!run) return on_new_text;
  const auto tokenizer = run->tokenizer();
  const auto* before = dynamic_cast<const WordTokenizer*>(tokenizer.get());
  const auto* now = dynamic_cast<const WordTokenizer*>(on_new_text.get());
  if (before == nullptr || now == nullptr) return on_new_text;
  return now->joined_with(*before);
}

}  // namespace zoo
