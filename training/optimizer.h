#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "models/model.h"

namespace zoo {

struct OptimizerOptions {
  std::string name = "adam";  ///< adam, adamw, sgd, adagrad
  double weight_decay = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, momentum = 0;
};

/// Gradients → steps. The numbers are those of PyTorch's torch.optim classes of the same names (adam with weight
/// decay as L2 penalty, Kingma & Ba 2015; adamw decoupled, Loshchilov & Hutter 2019; adagrad, Duchi et al. 2011).
/// Each takes one call of LibTorch's fused kernels for all parameters, which lie on one device.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// One step at that learning rate from the parameters' gradients, each divided by `divisor` first, in the same pass
  /// over memory; a parameter without a gradient stays.
  virtual void step(double learning_rate, double divisor = 1) = 0;
  /// All it remembers, by parameter name: what a checkpoint saves, and writing into the tensors loads it.
  virtual Parts state() = 0;
  virtual std::int64_t bytes() const = 0;  ///< memory of state()
};

/// `decays` tells which parameters weight decay is for.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, const Parts& parameters,
                                          const std::function<bool(std::string_view)>& decays);

/// √Σ‖g‖² over all gradients, in double precision. Where that is over `limit` (> 0), all are multiplied by
/// limit / norm (Pascanu et al. 2013).
double clip_by_global_norm(const Parts& parameters, double limit);

/// Multiplies every gradient by `factor`.
void scale_gradients(const Parts& parameters, double factor);

}  // namespace zoo
