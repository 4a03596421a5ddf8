#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "models/model.h"
#include "runs/run_folder.h"

namespace zoo {

/// The models that are known: model_table(), handed in by the app, because no library but the apps sees every model.
using ModelKinds = std::span<const ModelKind* const>;

/// The kind of that name. Throws UsageError that lists the known ones.
const ModelKind& find_kind(std::string_view name, ModelKinds kinds);

/// A trained model with all that using it needs.
struct SavedModel {
  RunFolder run;
  Json config;  ///< config.json
  const ModelKind* kind;
  std::shared_ptr<const Tokenizer> tokenizer;         ///< in translation the target language's
  std::shared_ptr<const Tokenizer> source_tokenizer;  ///< null where there is one language
  std::int64_t vocabulary;                            ///< V
  std::unique_ptr<Model> model;                       ///< its best weights loaded, in eval mode
};

/// Whether a command cannot do without the run's tokenizer; `no` opens a run that has none, and leaves it null.
enum class NeedTokenizer { no, yes };

/// Opens a run folder, its model on compute_device(). Throws Error naming what is missing, cut short or foreign, or
/// that training has not yet saved weights.
SavedModel load_run(const std::filesystem::path& folder, ModelKinds kinds, NeedTokenizer need = NeedTokenizer::yes);

/// Makes it ready for inference in the numbers of that name (models/precision.h). Throws UsageError for a model that
/// has none such.
void prepare(const SavedModel& saved, const std::string& precision);

/// What a model must know of this tokenizer's vocabulary; counts stay empty.
VocabularyFacts vocabulary_of(const Tokenizer& tokenizer);

/// The model that a config.json describes, its weights as the constructor left them.
std::unique_ptr<Model> create_from_config(const Json& config, const ModelKind& kind, const VocabularyFacts& vocabulary);

/// Tensors as a safetensors file, written atomically, and back; dtype and shape as they were, to the bit.
/// `metadata`: texts that travel in the file's header.
void save_tensors(const std::filesystem::path& file, const Parts& tensors,
                  const std::map<std::string, std::string>& metadata = {});
Parts load_tensors(const std::filesystem::path& file);

}  // namespace zoo
