#include "models/saved_model.h"

#include <fmt/ranges.h>

#include <cstring>

#include "base/error.h"
#include "base/log.h"
#include "formats/safetensors.h"
#include "models/device.h"

namespace zoo {
namespace {

struct Types {
  DType ours;
  at::ScalarType torch;
};
constexpr Types kTypes[] = {{DType::f64, at::kDouble},    {DType::f32, at::kFloat}, {DType::f16, at::kHalf},
                            {DType::bf16, at::kBFloat16}, {DType::i64, at::kLong},  {DType::i32, at::kInt},
                            {DType::i16, at::kShort},     {DType::i8, at::kChar},   {DType::u8, at::kByte},
                            {DType::boolean, at::kBool}};

/// Rows that are copied at a time where they do not lie on the CPU without gaps: some megabytes of most tensors.
constexpr std::int64_t kRowsTogether = 4096;

void give_bytes(const Tensor& tensor, const TensorPieces::Take& take) {
  const auto give = [&](const Tensor& part) {
    const auto plain = part.cpu().contiguous();
    take({static_cast<const std::byte*>(plain.const_data_ptr()), plain.nbytes()});
  };
  if (tensor.dim() == 0 || (tensor.is_cpu() && tensor.is_contiguous())) return give(tensor);
  for (std::int64_t row = 0; row < tensor.size(0); row += kRowsTogether) {
    give(tensor.narrow(0, row, std::min(kRowsTogether, tensor.size(0) - row)));
  }
}

/// The size that a config notes of a tokenizer, for a run that is opened without it.
std::int64_t noted_size(const RunFolder& run, const Json& entry) {
  const auto size = entry.is_object() ? entry.value("size", Json()) : Json();
  if (!size.is_number_integer() || size.get<std::int64_t>() < 1) {
    fail("{}: has no tokenizer/, and {} notes no tokenizer.size", run.path().string(), run.config_file().string());
  }
  return size.get<std::int64_t>();
}

}  // namespace

const ModelKind& find_kind(std::string_view name, ModelKinds kinds) {
  std::vector<std::string> names;
  for (const auto* kind : kinds) {
    if (kind->name() == name) return *kind;
    names.emplace_back(kind->name());
  }
  const auto near = nearest_spelling(name, names);
  fail_usage("'{}' is no model of the zoo{}; known: {}", name, near ? fmt::format("; did you mean '{}'?", *near) : "",
             fmt::join(names, ", "));
}

void prepare(const SavedModel& saved, const std::string& precision) {
  if (precision != "fp32" && precision != "bf16" && precision != "int8") {
    fail_usage("precision '{}': is none; give fp32, bf16 or int8", precision);
  }
  if (!compute_device().is_cpu() && precision != "fp32") {
    fail_usage("--precision {}: packs weights for the CPU; with --device {} leave it out", precision,
               c10::DeviceTypeName(compute_device().type(), true));
  }
  if (saved.model->prepare(precision_named(precision))) return;
  fail_usage("--precision {}: {} ({}) makes its products of float32 only; leave it out", precision,
             saved.run.path().string(), saved.kind->name());
}

VocabularyFacts vocabulary_of(const Tokenizer& tokenizer) {
  VocabularyFacts vocabulary{tokenizer.size(), {}, {}};
  for (std::int64_t id = 0; id < tokenizer.size(); ++id) {
    vocabulary.pieces.emplace_back(tokenizer.piece(static_cast<TokenId>(id)));
  }
  return vocabulary;
}

std::unique_ptr<Model> create_from_config(const Json& config, const ModelKind& kind,
                                          const VocabularyFacts& vocabulary) {
  auto options = config.at("model");
  options.erase("kind");
  return kind.create(options, vocabulary);
}

void save_tensors(const std::filesystem::path& file, const Parts& tensors,
                  const std::map<std::string, std::string>& metadata) {
  std::vector<TensorPieces> pieces;
  for (const auto& [name, tensor] : tensors) {
    const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                    [&](const Types& types) { return types.torch == tensor.scalar_type(); });
    if (type == std::end(kTypes)) fail("{}: tensor '{}' has a type that safetensors lacks", file.string(), name);
    pieces.push_back({name, type->ours, tensor.sizes().vec(),
                      [whole = tensor.detach()](const TensorPieces::Take& take) { give_bytes(whole, take); }});
  }
  write_safetensors(file, pieces, metadata);
}

Parts load_tensors(const std::filesystem::path& file) {
  const SafetensorsFile saved(file);
  Parts tensors;
  for (const auto& view : saved.tensors()) {
    const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                    [&](const Types& types) { return types.ours == view.dtype; });
    auto tensor = torch::empty(view.shape, torch::TensorOptions(type->torch));
    if (!view.bytes.empty()) std::memcpy(tensor.data_ptr(), view.bytes.data(), view.bytes.size());
    tensors.emplace_back(view.name, std::move(tensor));
  }
  return tensors;
}

SavedModel load_run(const std::filesystem::path& folder, ModelKinds kinds, NeedTokenizer need) {
  auto run = RunFolder::open(folder);
  auto config = run.config();
  const auto kind_name = run.model_kind();
  const auto known = std::any_of(kinds.begin(), kinds.end(), [&](auto* kind) { return kind->name() == kind_name; });
  if (!known) {
    fail("{}: model.kind '{}' is not among the models of this zoo; was it written by a newer one?",
         run.config_file().string(), kind_name);
  }
  if (!std::filesystem::exists(run.weights_file())) {
    fail("{}: has no model.safetensors yet; go on training it: zoo train {} --output {} --resume", folder.string(),
         kind_name, folder.string());
  }
  const auto& kind = find_kind(kind_name, kinds);
  const bool without = need == NeedTokenizer::no && !std::filesystem::exists(run.tokenizer_folder());
  auto tokenizer = without ? nullptr : run.tokenizer();
  auto source_tokenizer = without ? nullptr : run.source_tokenizer();
  VocabularyFacts vocabulary;
  if (without) {
    vocabulary.size = noted_size(run, config.value("tokenizer", Json()));
  } else {
    vocabulary = vocabulary_of(*tokenizer);
  }
  if (source_tokenizer) vocabulary.source_size = source_tokenizer->size();
  auto model = create_from_config(config, kind, vocabulary);
  try {
    model->load_parts(load_tensors(run.weights_file()));
  } catch (const Error& error) {
    const std::string_view text = error.what();
    const auto file = run.weights_file().string();
    if (text.find(file) != std::string_view::npos) throw;
    fail("{}: {}", file, text);
  }
  if (auto* trained = model->differentiable()) trained->module().eval();
  if (!compute_device().is_cpu() && !model->to(compute_device())) {
    log_info(fmt::format("{} ({}): answers from the CPU, for it has nothing that a GPU could compute", folder.string(),
                         kind_name));
  }
  return {std::move(run),  std::move(config), &kind, std::move(tokenizer), std::move(source_tokenizer),
          vocabulary.size, std::move(model)};
}

}  // namespace zoo
