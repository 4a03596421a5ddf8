#include "training/share_checkpoint.h"

namespace zoo {
namespace {

/// Texts cannot hold tensors; these are their shapes and types, to be filled in by copy_from_leader.
Json outline_of(const std::vector<Tensor>& tensors) {
  auto outline = Json::array();
  for (const auto& tensor : tensors) {
    outline.push_back({{"shape", tensor.sizes().vec()}, {"type", static_cast<int>(tensor.scalar_type())}});
  }
  return outline;
}

std::vector<Tensor> from_outline(const Json& outline) {
  std::vector<Tensor> tensors;
  for (const auto& entry : outline) {
    tensors.push_back(torch::empty(entry.at("shape").get<std::vector<std::int64_t>>(),
                                   static_cast<torch::ScalarType>(entry.at("type").get<int>())));
  }
  return tensors;
}

void copy_all(ProcessGroup& group, const std::vector<Tensor>& tensors) {
  for (const auto& tensor : tensors) group.copy_from_leader(tensor);
}

}  // namespace

std::optional<Checkpoint> share_start(ProcessGroup& group, const Parts& parts, const Parts& memory,
                                      std::optional<Checkpoint> loaded) {
  for (const auto* list : {&parts, &memory}) {
    for (const auto& [name, tensor] : *list) group.copy_from_leader(tensor);
  }
  Json told;
  if (loaded) {
    told = {{"progress", loaded->progress},
            {"carried", outline_of(loaded->carried)},
            {"random", outline_of(loaded->random)}};
  }
  told = Json::parse(group.from_leader(told.dump()));
  if (told.is_null()) return std::nullopt;
  if (!group.leads()) {
    loaded = Checkpoint();
    loaded->progress = told.at("progress");
    loaded->carried = from_outline(told.at("carried"));
    loaded->random = from_outline(told.at("random"));
  }
  copy_all(group, loaded->carried);
  copy_all(group, loaded->random);
  for (auto& tensor : loaded->carried) {
    const auto rows = tensor.size(0) / group.processes();
    tensor = tensor.narrow(0, rows * group.rank(), rows).clone();
  }
  const auto rank = static_cast<std::size_t>(group.rank());
  loaded->random = rank < loaded->random.size() ? std::vector{loaded->random[rank]} : std::vector<Tensor>();
  return loaded;
}

void gather_streams(ProcessGroup& group, Checkpoint& checkpoint) {
  for (auto& tensor : checkpoint.carried) tensor = torch::cat(group.gather(tensor));
  if (!checkpoint.random.empty()) checkpoint.random = group.gather(checkpoint.random[0]);
}

}  // namespace zoo
