// Tensors of a folder, in one file or several, into a model's parts.
#include <fmt/ranges.h>

#include <set>

#include "base/error.h"
#include "base/log.h"
#include "models/transformer/huggingface_parts.h"

namespace zoo::transformer {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& folder) {
  const auto single = folder / "model.safetensors", index = folder / "model.safetensors.index.json";
  if (exists(status_of(single))) return {single};
  if (!exists(status_of(index))) {
    const bool pickle =
        exists(status_of(folder / "pytorch_model.bin")) || exists(status_of(folder / "pytorch_model.bin.index.json"));
    fail("{}: holds no model.safetensors{}", folder.string(),
         pickle ? "; its pytorch_model.bin is a pickle, which is not read here: load it with Python's transformers and "
                  "save_pretrained(folder), which writes model.safetensors"
                : "; give the folder that save_pretrained() wrote");
  }
  const auto content = read_json(index);
  const auto map = content.is_object() ? content.value("weight_map", Json()) : Json();
  if (!map.is_object() || map.empty()) fail("{}: weight_map is missing; is the file damaged?", index.string());
  std::set<std::string> names;
  for (const auto& [tensor, file] : map.items()) {
    const auto name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || name.find('/') != std::string::npos || name[0] == '.') {
      fail("{}: weight_map.{} is {}, a file beside it was expected", index.string(), tensor, file.dump());
    }
    names.insert(name);
  }
  std::vector<fs::path> files;
  for (const auto& name : names) files.push_back(folder / name);
  return files;
}

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

/// What a tensor of theirs must look like.
std::vector<std::int64_t> their_shape(const Share& share, const Tensor& ours, const ForeignIds& ids) {
  auto shape = ours.sizes().vec();
  if (share.count > 0) shape[0] = share.count;
  if (share.words) shape[0] = ids.rows();
  if (share.transposed) std::swap(shape[0], shape[1]);
  if (share.row) shape.insert(shape.begin(), 1);
  return shape;
}

Tensor tensor_of(const TensorView& view) {
  const auto numbers = to_floats(view);
  auto tensor = torch::empty(view.shape, torch::kFloat);
  std::copy(numbers.begin(), numbers.end(), tensor.data_ptr<float>());
  return tensor;
}

/// A row for each of our ids, [V, …]; zeros for those that they have not.
Tensor in_our_order(const Tensor& theirs, const ForeignIds& ids) {
  auto rows = torch::empty({ids.size()}, torch::kInt64);  // [V]
  for (std::int64_t id = 0; id < ids.size(); ++id) rows.data_ptr<std::int64_t>()[id] = ids.foreign(id);
  auto result = theirs.index_select(0, rows.clamp_min(0));
  result.index_fill_(0, rows.lt(0).nonzero().squeeze(1), 0);
  return result;
}

}  // namespace

ForeignWeights::ForeignWeights(const fs::path& folder) {
  for (const auto& file : files_of(folder)) files_.emplace_back(file);
  for (const auto& file : files_) {
    for (const auto& tensor : file.tensors()) {
      auto name = tensor.name;
      for (const auto& [old, now] :
           {std::pair{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}}) {
        const std::string_view ending = old;
        if (name.ends_with(ending)) name = fmt::format("{}{}", name.substr(0, name.size() - ending.size()), now);
      }
      if (!tensors_.emplace(name, &tensor).second) fail("{}: tensor '{}' stands in two files", folder.string(), name);
    }
  }
}

const TensorView* ForeignWeights::find(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : found->second;
}

std::vector<std::string> ForeignWeights::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

double ForeignWeights::elements() const {
  double elements = 0;
  for (const auto& [name, tensor] : tensors_) elements += static_cast<double>(tensor->elements());
  return elements;
}

bool has_masked_output(const ForeignWeights& weights) {
  const auto names = weights.names();
  return std::any_of(names.begin(), names.end(), [](const auto& name) { return name.starts_with("cls.predictions."); });
}

void take_weights(const ForeignWeights& weights, const ForeignModel& foreign, const ForeignIds& ids, Parts parts) {
  const torch::NoGradGuard no_gradient;
  std::map<std::string, Tensor> own(parts.begin(), parts.end());
  std::set<std::string> used;
  std::vector<std::string> missing, misshapen, unknown, passed_over;
  const auto prefix = name_prefix(foreign.type);
  const auto find = [&](const std::string& name) -> const TensorView* {
    const auto bare = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    for (const auto& candidate : {name, bare}) {
      if (const auto* view = weights.find(candidate)) {
        used.insert(candidate);
        return view;
      }
    }
    return nullptr;
  };
  for (const auto& share : shares_of(foreign.type, foreign.options)) {
    const auto* view = find(share.theirs);
    for (const auto& alias : share.aliases) {
      const auto* other = find(alias);
      if (view == nullptr) view = other;
    }
    auto& whole = own.at(share.ours);
    if (view == nullptr) {
      missing.push_back(share.theirs);
      continue;
    }
    const auto expected = their_shape(share, whole, ids);
    if (view->shape != expected) {
      misshapen.push_back(
          fmt::format("{} {} ({} expected)", view->name, shape_text(view->shape), shape_text(expected)));
      continue;
    }
    auto given = tensor_of(*view);
    if (share.row) given = given.squeeze(0);
    if (share.transposed) given = given.t();
    if (share.words) given = in_our_order(given, ids);
    (share.count > 0 ? whole.narrow(0, share.begin, share.count) : whole).copy_(given);
  }
  for (const auto& name : weights.names()) {
    if (used.contains(name)) continue;
    (is_passed_over(foreign.type, name) ? passed_over : unknown).push_back(name);
  }
  std::vector<std::string> faults;
  if (!missing.empty()) faults.push_back(fmt::format("missing: {}", fmt::join(missing, ", ")));
  if (!misshapen.empty()) faults.push_back(fmt::format("of another shape: {}", fmt::join(misshapen, ", ")));
  if (!unknown.empty()) faults.push_back(fmt::format("not known: {}", fmt::join(unknown, ", ")));
  if (!faults.empty()) {
    fail("{}: the tensors are not those of the {} that config.json describes; {}", weights.first_file().string(),
         foreign.type, fmt::join(faults, "; "));
  }
  if (!passed_over.empty()) log_info(fmt::format("passed over: {}", fmt::join(passed_over, ", ")));
}

}  // namespace zoo::transformer
