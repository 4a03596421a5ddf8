#include "evaluation/layer_choice.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "models/saved_model.h"

namespace zoo {
namespace {

/// "mix.scalars" itself, or one in a module: but not "output_mix.scalars".
bool is_part(const std::string& part, const std::string& name) { return part == name || part.ends_with('.' + name); }

}  // namespace

LayerChoice::LayerChoice(const std::string& text, const SentenceVectors& vectors, Model& model, const Parts& learned)
    : name_(text) {
  const auto& names = vectors.layers();
  const auto layers = std::ssize(names);
  if (text != "mix" && !learned.empty()) fail_usage("--mix: is for --layer mix, not for --layer {}", text);
  if (text == "all") {
    kind_ = Kind::all;
  } else if (text == "average") {
    kind_ = Kind::mixed;
    weights_ = torch::full({layers}, 1.0 / static_cast<double>(layers));
  } else if (text == "mix") {
    take_mix(learned.empty() ? model.parts() : learned, layers, vectors.width());
  } else {
    const auto found = std::find(names.begin(), names.end(), text);
    layer_ = found - names.begin();
    if (found == names.end()) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer_);
      if (error != std::errc() || end != text.data() + text.size() || layer_ < 0 || layer_ >= layers) {
        fail_usage("--layer {}: give all, average, mix, or one of 0 … {}: {}", text, layers - 1,
                   fmt::join(names, ", "));
      }
    }
    name_ = names[static_cast<std::size_t>(layer_)];
  }
}

void LayerChoice::take_mix(const Parts& parts, std::int64_t layers, std::int64_t width) {
  kind_ = Kind::mixed;
  Tensor scalars, gamma, mean, deviation;
  for (const auto& [part, tensor] : parts) {
    if (is_part(part, "mix.scalars") && tensor.numel() == layers) scalars = tensor.cpu();
    if (is_part(part, "mix.gamma") && tensor.numel() == 1) gamma = tensor.cpu();
    if (part == "mean") mean = tensor.cpu();
    if (part == "deviation") deviation = tensor.cpu();
  }
  if (!scalars.defined() || !gamma.defined()) {
    fail(
        "--layer mix: no weights of this model's {} layers were learned there; give a tagger's run by --mix (zoo train "
        "tagger --vectors), or take --layer average",
        layers);
  }
  weights_ = (scalars.flatten().softmax(0) * gamma.flatten()).to(torch::kFloat);
  if (!mean.defined() || !deviation.defined()) return;
  if (mean.sizes() != at::IntArrayRef({layers, width}) || deviation.sizes() != mean.sizes()) {
    fail("--mix: was learned on other vectors than this model's {} layers of {} numbers", layers, width);
  }
  mean_ = mean.to(torch::kFloat);
  deviation_ = deviation.to(torch::kFloat);
}

Tensor LayerChoice::of(const Tensor& layers) const {
  if (kind_ == Kind::all) return layers;
  if (kind_ == Kind::one) return layers.narrow(0, layer_, 1);
  const auto one = [&](std::int64_t l) {
    const auto x = layers.select(0, l);
    return (mean_.defined() ? (x - mean_[l]) / deviation_[l] : x) * weights_[l];
  };
  auto sum = one(0);
  for (std::int64_t l = 1; l < layers.size(0); ++l) sum.add_(one(l));
  return sum.unsqueeze(0);
}

Parts parts_with_mix(const std::string& run) {
  if (run.empty()) return {};
  const auto folder = RunFolder::open(run);
  auto parts = load_tensors(folder.weights_file());
  const auto is_mix = [](const auto& part) { return is_part(part.first, "mix.scalars"); };
  if (std::none_of(parts.begin(), parts.end(), is_mix)) {
    fail("--mix {}: this run of {} has learned no weights of layers; give a tagger trained with --layer mix", run,
         folder.model_kind());
  }
  if (folder.config().at("model").value("mix_norm", false)) {
    fail(
        "--mix {}: mixes layers that are normed over all words read together, so that vectors would depend on other "
        "lines; train it without --mix-norm",
        run);
  }
  return parts;
}

}  // namespace zoo
