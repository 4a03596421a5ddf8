#include "models/layers/product.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>

namespace zoo {
namespace {

using torch::Tensor;
using Scalars = c10::List<std::optional<at::Scalar>>;
using LinearPointwise = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view, Scalars,
                               std::optional<std::string_view>);

/// The registered operator behind which oneDNN's product lies; nothing where this LibTorch has none or where MKL is
/// as fast: it uses AVX-512 on Intel's processors only, and both use AVX2 everywhere.
std::optional<c10::TypedOperatorHandle<LinearPointwise>> onednn_linear() {
  if (!__builtin_cpu_supports("avx512f") || __builtin_cpu_is("intel")) return std::nullopt;
  const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  if (!found) return std::nullopt;
  return found->typed<LinearPointwise>();
}

}  // namespace

Tensor fast_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  static const auto onednn = onednn_linear();
  const auto b = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  const at::NoGradGuard no_gradient;
  if (onednn && x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat && x.numel() > 0) {
    return onednn->call(x, weight, b, "none", Scalars(), "");
  }
  return at::linear(x, weight, b);
}

}  // namespace zoo
