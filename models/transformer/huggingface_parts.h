#pragma once

#include "formats/safetensors.h"
#include "models/transformer/huggingface.h"

namespace zoo::transformer {

// What import and export share.

/// Activations by their names and ours; of several names the first is written.
inline constexpr std::pair<std::string_view, std::string_view> kActivations[] = {
    {"gelu_new", "gelu-tanh"},  {"gelu_pytorch_tanh", "gelu-tanh"},
    {"gelu_fast", "gelu-tanh"}, {"gelu", "gelu"},
    {"relu", "relu"},           {"silu", "silu"},
    {"swish", "silu"}};

/// What a config.json says of a model.
struct ForeignModel {
  std::string type;  ///< its model_type
  TransformerOptions options;
  std::int64_t rows = 0;  ///< of its table of words
  /// Ids of its special tokens, as far as the config gives them; else ForeignIds::kAbsent.
  ForeignIds::Special special;
};

/// Throws Error naming the file and the key that is missing or says what is not read here.
ForeignModel read_foreign_config(const std::filesystem::path& file);

/// The other way; `ids` tells of the vocabulary. Throws Error naming every option that does not fit.
Json foreign_config(const TransformerOptions& options, const ForeignIds& ids, std::string_view dtype = "float32");
/// The model_type that such options are written as.
std::string foreign_type(const TransformerOptions& options);

/// One of their tensors and where it lies in ours.
struct Share {
  std::string theirs, ours;
  std::int64_t begin = 0, count = 0;      ///< rows of ours; count 0: all of it
  bool transposed = false;                ///< theirs is [in, out]
  bool words = false;                     ///< a row a word, in their order of ids
  bool row = false;                       ///< theirs is [1, n] and ours [n]
  std::vector<std::string> aliases = {};  ///< other names under which the same tensor may stand
};
/// Every tensor of such a model, by the names of its class with an output layer.
std::vector<Share> shares_of(const std::string& type, const TransformerOptions& options);
/// What names begin with in that class, and may lack in a class without an output layer: "transformer.".
std::string name_prefix(const std::string& type);
/// Whether a tensor may stand in a file without a meaning for us: tables that follow from the config, and heads for
/// other tasks.
bool is_passed_over(const std::string& type, const std::string& name);

/// The tensors of a folder, in one file or several. They live as long as this.
class ForeignWeights {
 public:
  explicit ForeignWeights(const std::filesystem::path& folder);
  const TensorView* find(const std::string& name) const;
  std::vector<std::string> names() const;
  double elements() const;  ///< of all tensors together
  const std::filesystem::path& first_file() const { return files_.front().path(); }

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, const TensorView*> tensors_;
};

/// Copies theirs into the model's parts. Throws Error naming all that is missing, unknown or misshapen.
void take_weights(const ForeignWeights& weights, const ForeignModel& foreign, const ForeignIds& ids, Parts parts);

/// Whether the folder holds an output layer for masked words.
bool has_masked_output(const ForeignWeights& weights);

}  // namespace zoo::transformer
