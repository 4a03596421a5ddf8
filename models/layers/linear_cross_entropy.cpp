#include "models/layers/linear_cross_entropy.h"

#include "batches/batch.h"
#include "models/layers/product.h"
#include "models/layers/softmax_rows.h"

namespace zoo {
namespace {

/// Rows whose logits are held at once: 64 MiB of them, so that the weight's gradient is added up in few passes.
std::int64_t chunk_rows(std::int64_t vocabulary) {
  return std::max<std::int64_t>(16, (std::int64_t{16} << 20) / vocabulary);
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& hidden, const Tensor& weight,
                        const Tensor& bias, const Tensor& target) {
    const auto rows = hidden.size(0), vocabulary = weight.size(0), step = chunk_rows(vocabulary);
    const bool wants_gradient = hidden.requires_grad() || weight.requires_grad() || bias.requires_grad();
    double sum = 0;
    Tensor hidden_gradient, weight_gradient, bias_gradient;
    if (wants_gradient) {
      hidden_gradient = torch::empty_like(hidden);  // [N, D]
      weight_gradient = torch::zeros_like(weight);  // [V, D]
      bias_gradient = torch::zeros({vocabulary}, bias.options());
    }
    for (std::int64_t first = 0; first < rows; first += step) {
      const auto x = hidden.narrow(0, first, std::min(step, rows - first));  // [n, D]
      const auto wanted = target.narrow(0, first, x.size(0));                // [n]
      auto logits = fast_linear(x, weight, bias);                            // [n, V]
      if (!wants_gradient) {
        sum -= target_log_probabilities(logits, wanted).sum(at::kDouble).item<double>();
        continue;
      }
      sum -= softmax_minus_onehot_(logits, wanted);  // logits' gradient, in its place
      hidden_gradient.narrow(0, first, x.size(0)).copy_(fast_linear(logits, weight.t()));
      // Made as [D, V], the faster way round, and turned as it is added.
      const auto product = fast_linear(x.t(), logits.t());
      if (first == 0) {
        weight_gradient.copy_(product.t());
      } else {
        weight_gradient.add_(product.t());
      }
      bias_gradient.add_(logits.sum(0));
    }
    if (wants_gradient) context->save_for_backward({hidden_gradient, weight_gradient, bias_gradient});
    return torch::full({}, sum, hidden.options());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->get_saved_variables();
    const auto scale = gradients[0].item<double>();
    // They are used once: scaling in place keeps the large ones from being copied.
    if (scale != 1) {
      for (auto& gradient : saved) gradient.mul_(scale);
    }
    return {saved[0], saved[1], saved[2], Tensor()};
  }
};

}  // namespace

Tensor linear_cross_entropy(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& target) {
  if (torch::GradMode::is_enabled()) return LinearCrossEntropy::apply(hidden, weight, bias, target);
  return torch::full({}, -linear_log_probability(hidden, weight, bias, target).sum(at::kDouble).item<double>(),
                     hidden.options());
}

Tensor linear_log_probability(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& target) {
  const torch::NoGradGuard no_gradient;
  const auto rows = hidden.size(0), step = chunk_rows(weight.size(0));
  auto result = torch::empty({rows}, hidden.options());  // [N]
  for (std::int64_t first = 0; first < rows; first += step) {
    const auto count = std::min(step, rows - first);
    auto logits = fast_linear(hidden.narrow(0, first, count), weight, bias);  // [n, V]
    result.narrow(0, first, count).copy_(target_log_probabilities(logits, target.narrow(0, first, count)));
  }
  return result;
}

Tensor linear_log_softmax(const Tensor& hidden, const Tensor& weight, const Tensor& bias) {
  const torch::NoGradGuard no_gradient;
  return fast_linear(hidden, weight, bias).log_softmax(1);  // [N, V]
}

}  // namespace zoo
