#include "models/elmo/export.h"

#include <fmt/format.h>

#include <map>

#include "base/error.h"
#include "base/files.h"
#include "formats/hdf5.h"
#include "models/elmo/options.h"
#include "tokenizers/character_ids.h"

namespace zoo::elmo {
namespace {

namespace fs = std::filesystem;

/// The model's parts by name, and those datasets that have been made of them.
class PublicTensors {
 public:
  explicit PublicTensors(Model& model) {
    for (const auto& [name, tensor] : model.parts()) parts_.emplace(name, tensor.detach().to(torch::kFloat));
  }
  const Tensor& part(const std::string& name) const { return parts_.at(name); }
  void add(const std::string& name, const Tensor& tensor) { made_.emplace_back(name, tensor.contiguous()); }
  void write(const fs::path& file) const {
    std::vector<Hdf5Dataset> datasets;
    for (const auto& [name, tensor] : made_) {
      datasets.push_back(
          {name, tensor.sizes().vec(), {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())}});
    }
    write_hdf5(file, datasets);
  }

 private:
  std::map<std::string, Tensor> parts_;
  Parts made_;
};

void add_characters(PublicTensors& tensors, const ElmoOptions& options) {
  const auto part = [&](const std::string& name) { return tensors.part("token.characters." + name); };
  tensors.add("char_embed", part("embedding.weight").narrow(0, 1, kCharacters - 1));  // [261, d]
  for (std::size_t i = 0; i < options.filter_widths.size(); ++i) {
    const auto filter = part(fmt::format("filters.{}.weight", i));                                     // [n, d, w]
    tensors.add(fmt::format("CNN/W_cnn_{}", i), filter.permute({2, 1, 0}).contiguous().unsqueeze(0));  // [1, w, d, n]
    tensors.add(fmt::format("CNN/b_cnn_{}", i), part(fmt::format("filters.{}.bias", i)));
  }
  for (std::int64_t k = 0; k < options.highways; ++k) {
    for (const auto& [theirs, ours] : {std::pair{"transform", "transform"}, std::pair{"carry", "gate"}}) {
      tensors.add(fmt::format("CNN_high_{}/W_{}", k, theirs), part(fmt::format("highways.{}.{}.weight", k, ours)).t());
      tensors.add(fmt::format("CNN_high_{}/b_{}", k, theirs), part(fmt::format("highways.{}.{}.bias", k, ours)));
    }
  }
  tensors.add("CNN_proj/W_proj", part("projection.weight").t());  // [N, P]
  tensors.add("CNN_proj/b_proj", part("projection.bias"));
}

void add_lstms(PublicTensors& tensors, const ElmoOptions& options) {
  for (const auto& [direction, number] : {std::pair{"forward", 0}, std::pair{"backward", 1}}) {
    for (std::int64_t l = 0; l < options.layers; ++l) {
      const auto theirs = fmt::format("RNN_{}/RNN/MultiRNNCell/Cell{}/LSTMCell/", number, l);
      const auto ours = fmt::format("{}.{}.", direction, l);
      tensors.add(theirs + "W_0", tensors.part(ours + "weight").t());        // [2P, 4H]: gates i j f o, x before h
      tensors.add(theirs + "B", tensors.part(ours + "bias"));                // [4H]
      tensors.add(theirs + "W_P_0", tensors.part(ours + "projection").t());  // [H, P]
    }
  }
}

Json options_json(const ElmoOptions& options, std::int64_t vocabulary) {
  Json filters = Json::array();
  for (std::size_t i = 0; i < options.filter_widths.size(); ++i) {
    filters.push_back({options.filter_widths[i], options.filter_counts[i]});
  }
  // Its readers clip by 0 where they are told 0: null is their word for "not".
  const auto clip = [](double limit) { return limit > 0 ? Json(limit) : Json(nullptr); };
  return {{"bidirectional", true},
          {"n_tokens_vocab", vocabulary},
          {"unroll_steps", options.length},
          {"dropout", options.dropout},
          {"lstm",
           {{"cell_clip", clip(options.cell_clip)},
            {"proj_clip", clip(options.projection_clip)},
            {"dim", options.cell},
            {"projection_dim", options.projection},
            {"n_layers", options.layers},
            {"use_skip_connections", options.skip}}},
          {"char_cnn",
           {{"activation", options.activation},
            {"embedding", {{"dim", options.character_dim}}},
            {"filters", filters},
            {"max_characters_per_token", options.max_characters},
            {"n_characters", kCharacters},
            {"n_highway", options.highways}}}};
}

/// Readers of the format look for the one file of each ending.
void refuse_other_files(const fs::path& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if ((name.ends_with("options.json") && name != "options.json") ||
        (name.ends_with("weights.hdf5") && name != "weights.hdf5")) {
      fail("{}: holds another model, {}; choose another folder", folder.string(), name);
    }
  }
}

}  // namespace

std::vector<fs::path> export_elmo(Model& model, const Tokenizer& tokenizer, const fs::path& folder) {
  ElmoOptions options;
  fields_of(options).read_json(model.options(), "model");
  if (!options.spelled()) {
    fail(
        "model.token_layer words: the public ELMo format is of models that read letters; this one has a vector a word "
        "(zoo export --format npy writes those)");
  }
  make_folder(folder);
  refuse_other_files(folder);
  std::string words;
  for (TokenId id = kSpecialTokens; id < tokenizer.size(); ++id) words += fmt::format("{}\n", tokenizer.piece(id));
  PublicTensors tensors(model);
  add_characters(tensors, options);
  add_lstms(tensors, options);
  const std::vector<fs::path> files = {folder / "weights.hdf5", folder / "options.json", folder / "vocabulary.txt"};
  tensors.write(files[0]);
  write_json(files[1], options_json(options, tokenizer.size()));
  write_file_atomically(files[2], words);
  return files;
}

}  // namespace zoo::elmo
