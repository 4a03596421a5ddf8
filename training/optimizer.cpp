#include "training/optimizer.h"

#include <cmath>

#include "base/error.h"

namespace zoo {
namespace {

/// Parameters that are treated alike, with what is remembered of each: one or two tensors of its shape.
struct Group {
  double weight_decay = 0;
  std::vector<std::string> names;
  std::vector<Tensor> parameters;
  std::vector<std::vector<Tensor>> memory;  ///< [kinds of memory][parameters]
};

/// The lists that a fused kernel takes: of those parameters that have a gradient.
struct Lists {
  std::vector<Tensor> parameters, gradients, steps;
  std::vector<std::vector<Tensor>> memory;
};

torch::TensorOptions on_device_of(const Parts& parameters) {
  return torch::TensorOptions(torch::kFloat).device(parameters.empty() ? torch::kCPU : parameters[0].second.device());
}

class FusedOptimizer : public Optimizer {
 public:
  FusedOptimizer(const OptimizerOptions& options, const Parts& parameters,
                 const std::function<bool(std::string_view)>& decays)
      : options_(options), step_(torch::zeros({}, on_device_of(parameters))) {
    if (options.name == "adam" || options.name == "adamw") memory_names_ = {"exp_avg", "exp_avg_sq"};
    if (options.name == "adagrad") memory_names_ = {"sum"};
    if (options.name == "sgd" && options.momentum > 0) memory_names_ = {"momentum_buffer"};
    for (const bool decayed : {true, false}) {
      Group group;
      group.weight_decay = decayed ? options.weight_decay : 0;
      group.memory.resize(memory_names_.size());
      for (const auto& [name, parameter] : parameters) {
        if (decays(name) != decayed) continue;
        group.names.push_back(name);
        group.parameters.push_back(parameter);
        for (auto& memory : group.memory) memory.push_back(torch::zeros_like(parameter.detach()));
      }
      groups_.push_back(std::move(group));
    }
  }

  void step(double learning_rate, double divisor) override {
    const torch::NoGradGuard no_gradient;
    std::optional<Tensor> scale;
    if (divisor != 1) scale = torch::full({}, divisor, step_.options());
    step_.add_(1);
    // Asked only where it matters: on a GPU the question waits for all that was given to it.
    const bool first = options_.name == "sgd" && options_.momentum > 0 && step_.item<float>() == 1;
    for (const auto& group : groups_) {
      auto lists = lists_of(group);
      if (lists.parameters.empty()) continue;
      const auto& [parameters, gradients, steps, memory] = lists;
      const auto& o = options_;
      if (o.name == "adam") {
        at::_fused_adam_(parameters, gradients, memory[0], memory[1], {}, steps, learning_rate, o.beta1, o.beta2,
                         group.weight_decay, o.epsilon, false, false, scale);
      } else if (o.name == "adamw") {
        at::_fused_adamw_(parameters, gradients, memory[0], memory[1], {}, steps, learning_rate, o.beta1, o.beta2,
                          group.weight_decay, o.epsilon, false, false, scale);
      } else if (o.name == "adagrad") {
        at::_fused_adagrad_(parameters, gradients, memory[0], steps, learning_rate, 0, group.weight_decay, o.epsilon,
                            false, scale);
      } else {
        at::_fused_sgd_(parameters, gradients, memory.empty() ? std::vector<Tensor>() : memory[0], group.weight_decay,
                        o.momentum, learning_rate, 0, false, false, first, scale);
      }
    }
  }

  Parts state() override {
    Parts parts = {{"step", step_}};
    for (const auto& group : groups_) {
      for (std::size_t kind = 0; kind < memory_names_.size(); ++kind) {
        for (std::size_t i = 0; i < group.names.size(); ++i) {
          parts.emplace_back(group.names[i] + "." + memory_names_[kind], group.memory[kind][i]);
        }
      }
    }
    return parts;
  }

  std::int64_t bytes() const override {
    std::int64_t sum = 0;
    for (const auto& group : groups_) {
      for (const auto& memory : group.memory) {
        for (const auto& tensor : memory) sum += static_cast<std::int64_t>(tensor.nbytes());
      }
    }
    return sum;
  }

 private:
  Lists lists_of(const Group& group) const {
    Lists lists;
    lists.memory.resize(group.memory.size());
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const auto& gradient = group.parameters[i].grad();
      if (!gradient.defined()) continue;
      lists.parameters.push_back(group.parameters[i]);
      lists.gradients.push_back(gradient.contiguous());
      lists.steps.push_back(step_);
      for (std::size_t kind = 0; kind < group.memory.size(); ++kind) {
        lists.memory[kind].push_back(group.memory[kind][i]);
      }
    }
    return lists;
  }

  OptimizerOptions options_;
  std::vector<std::string> memory_names_;
  std::vector<Group> groups_;
  Tensor step_;  ///< float, as the kernels take it
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Parts& parameters,
                                          const std::function<bool(std::string_view)>& decays) {
  return std::make_unique<FusedOptimizer>(options, parameters, decays);
}

double clip_by_global_norm(const Parts& parameters, double limit) {
  const torch::NoGradGuard no_gradient;
  double squares = 0;
  std::vector<Tensor> norms;  // of gradients elsewhere than on the CPU
  for (const auto& [name, parameter] : parameters) {
    const auto& gradient = parameter.grad();
    if (!gradient.defined()) continue;
    const auto own = at::linalg_vector_norm(gradient);  // []
    if (own.is_cpu()) {
      squares += std::pow(own.item<double>(), 2);
    } else {
      norms.push_back(own.to(torch::kDouble));
    }
  }
  if (!norms.empty()) squares += torch::stack(norms).square().sum().item<double>();  // one question for all
  const auto norm = std::sqrt(squares);
  if (limit > 0 && norm > limit) scale_gradients(parameters, limit / norm);
  return norm;
}

void scale_gradients(const Parts& parameters, double factor) {
  const torch::NoGradGuard no_gradient;
  for (const auto& [name, parameter] : parameters) {
    if (parameter.grad().defined()) parameter.grad().mul_(factor);
  }
}

}  // namespace zoo
