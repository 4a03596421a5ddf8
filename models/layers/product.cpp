#include "models/layers/product.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <string_view>

#include "models/layers/autocast.h"
#include "models/layers/instructions.h"

namespace zoo {
namespace {

using torch::Tensor;
using Scalars = c10::List<std::optional<at::Scalar>>;
using LinearPointwise = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&, std::string_view, Scalars,
                               std::optional<std::string_view>);

/// The registered operator behind which oneDNN's product lies; nothing where this LibTorch has none or where MKL is
/// as fast: it uses AVX-512 on Intel's processors only, and both use AVX2 everywhere.
std::optional<c10::TypedOperatorHandle<LinearPointwise>> onednn_linear() {
  if (instructions() != Instructions::avx512 || __builtin_cpu_is("intel")) return std::nullopt;
  const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
  if (!found) return std::nullopt;
  return found->typed<LinearPointwise>();
}

const auto& onednn() {
  static const auto found = onednn_linear();
  return found;
}

/// As oneDNN multiplies it fast: rows or columns without gaps between them. Anything else it takes to its reference
/// product, element by element.
Tensor dense(const Tensor& matrix) {
  return matrix.is_contiguous() || matrix.t().is_contiguous() ? matrix : matrix.contiguous();
}

/// Rows below which a call of oneDNN costs more than it spares.
constexpr std::int64_t kFewRows = 8;

class Linear : public torch::autograd::Function<Linear> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias) {
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    return fast_linear(x, weight, bias.value_or(Tensor()));  // [N, M]
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];  // [N, D], [M, D]
    const auto given = gradients[0].contiguous();  // [N, M]
    Tensor to_x, to_weight, to_bias;
    if (context->needs_input_grad(0)) to_x = fast_linear(given, weight.t());                           // [N, D]
    if (context->needs_input_grad(1)) to_weight = fast_linear(given.t(), x.t());                       // [M, D]
    if (context->saved_data["bias"].toBool() && context->needs_input_grad(2)) to_bias = given.sum(0);  // [M]
    return {to_x, to_weight, to_bias};
  }
};

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto rows = weight.size(1) > 0 ? x.numel() / weight.size(1) : 0;
  const bool single = x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
  const auto b = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  if (!onednn() || !single || rows < kFewRows || under_autocast()) return at::linear(x, weight, b);
  const auto flat = x.reshape({-1, weight.size(1)});  // [N, D]
  auto shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return Linear::apply(flat, weight, b).view(shape);
}

Tensor fast_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto b = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  const at::NoGradGuard no_gradient;
  if (onednn() && x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat && x.numel() > 0) {
    return onednn()->call(dense(x), dense(weight), b, "none", Scalars(), "");
  }
  return at::linear(x, weight, b);
}

}  // namespace zoo
