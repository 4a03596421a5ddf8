#include "models/layers/linear_cross_entropy.h"

#include "base/error.h"
#include "batches/batch.h"
#include "models/layers/autocast.h"
#include "models/layers/bfloat16_rows.h"
#include "models/layers/chunked_softmax.h"
#include "models/layers/product.h"
#include "models/layers/tiled_softmax.h"

namespace zoo {
namespace {

/// As the tiles take them: float32 on the CPU, numbers side by side, targets below V.
struct Arguments {
  Tensor hidden, weight, bias, target;

  Arguments(const Tensor& h, const Tensor& w, const Tensor& b, const Tensor& t)
      : hidden(h.detach().contiguous()),
        weight(w.detach().contiguous()),
        bias(b.detach().contiguous()),
        target(t.contiguous()) {
    for (const auto* tensor : {&hidden, &weight, &bias}) {
      TORCH_CHECK(tensor->scalar_type() == at::kFloat && tensor->is_cpu(), "float32 on the CPU is wanted");
    }
    TORCH_CHECK(hidden.dim() == 2 && weight.dim() == 2 && hidden.size(1) == weight.size(1) &&
                bias.numel() == weight.size(0) && target.numel() == hidden.size(0));
    for (std::int64_t i = 0; i < hidden.size(0); ++i) {
      const auto word = targets()[i];
      if (word != kIgnored && (word < 0 || word >= weight.size(0))) {
        fail("a target of {} is outside the vocabulary of {}", word, weight.size(0));
      }
    }
  }
  const std::int64_t* targets() const { return target.const_data_ptr<std::int64_t>(); }
};

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& hidden, const Tensor& weight,
                        const Tensor& bias, const Tensor& target) {
    if (!hidden.is_cpu()) {
      auto made = chunked_cross_entropy(hidden.detach(), weight.detach(), bias.detach(), target,
                                        under_autocast(hidden.device().type()));
      keep(context, {made.hidden, made.weight, made.bias});
      return made.sum;
    }
    const Arguments given(hidden, weight, bias, target);
    const auto rows = hidden.size(0);
    if (rows == 0) {
      keep(context, {torch::zeros_like(hidden), torch::zeros_like(weight), torch::zeros_like(bias)});
      return torch::zeros({}, hidden.options());
    }
    TiledSoftmax softmax(given.weight, given.bias, rows, true, under_autocast() && has_bfloat16_products());
    auto hidden_gradient = torch::empty_like(given.hidden);  // [N, D]
    double sum = 0;
    for (std::int64_t first = 0; first < rows; first += softmax.chunk()) {
      const auto count = std::min(softmax.chunk(), rows - first);
      for (const auto log_probability : softmax.work(given.hidden.narrow(0, first, count), given.targets() + first,
                                                     hidden_gradient.narrow(0, first, count))) {
        sum -= log_probability;
      }
    }
    keep(context, {hidden_gradient, softmax.weight_gradient(), softmax.bias_gradient()});
    return torch::full({}, sum, hidden.options());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    auto saved = context->saved_data.at("gradients").toTensorVector();
    TORCH_CHECK(saved.size() == 3, "a cross-entropy's gradient can be asked for once");
    context->saved_data["gradients"] = std::vector<Tensor>();
    if (!gradients[0].is_cpu()) {  // whose value is better left where it is: asking for it would wait for it
      for (auto& gradient : saved) gradient.mul_(gradients[0]);
      return {std::move(saved[0]), std::move(saved[1]), std::move(saved[2]), Tensor()};
    }
    const auto scale = gradients[0].item<double>();
    if (scale != 1) {
      for (auto& gradient : saved) gradient.mul_(scale);
    }
    return {std::move(saved[0]), std::move(saved[1]), std::move(saved[2]), Tensor()};
  }

 private:
  /// Handed out once and then forgotten: a parameter without a gradient takes a tensor that nobody else holds as it is,
  /// and would copy the large ones otherwise.
  static void keep(torch::autograd::AutogradContext* context, std::vector<Tensor> gradients) {
    context->saved_data["gradients"] = std::move(gradients);
  }
};

}  // namespace

Tensor linear_cross_entropy(const Tensor& given, const Tensor& weight, const Tensor& bias, const Tensor& target) {
  const auto hidden = given.to(weight.scalar_type());  // under autocast what comes in may have been rounded
  if (torch::GradMode::is_enabled() && (hidden.requires_grad() || weight.requires_grad() || bias.requires_grad())) {
    return LinearCrossEntropy::apply(hidden, weight, bias, target);
  }
  if (!hidden.is_cpu()) return -linear_log_probability(hidden, weight, bias, target).sum();
  return torch::full({}, -linear_log_probability(hidden, weight, bias, target).sum(at::kDouble).item<double>(),
                     hidden.options());
}

Tensor linear_log_probability(const Tensor& hidden, const Tensor& weight, const Tensor& bias, const Tensor& target) {
  if (!hidden.is_cpu()) return chunked_log_probability(hidden, weight, bias, target);
  const torch::NoGradGuard no_gradient;
  const Arguments given(hidden, weight, bias, target);
  const auto rows = hidden.size(0);
  auto result = torch::empty({rows}, hidden.options());  // [N]
  if (rows == 0) return result;
  auto* out = result.data_ptr<float>();
  TiledSoftmax softmax(given.weight, given.bias, rows, false);
  for (std::int64_t first = 0; first < rows; first += softmax.chunk()) {
    const auto count = std::min(softmax.chunk(), rows - first);
    for (const auto value : softmax.work(given.hidden.narrow(0, first, count), given.targets() + first)) {
      *out++ = static_cast<float>(value);
    }
  }
  return result;
}

Tensor linear_log_softmax(const Tensor& hidden, const Tensor& weight, const Tensor& bias) {
  const torch::NoGradGuard no_gradient;
  return fast_linear(hidden, weight, bias).log_softmax(1);  // [N, V]
}

}  // namespace zoo
