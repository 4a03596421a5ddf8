#include "models/layers/dropout.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/functional/dropout.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

#ifndef _OPENMP
#error "at::parallel_for is a template: compiled without OpenMP it runs on one thread"
#endif

namespace zoo {
namespace {

using lanes::Floats;
using lanes::kLanes;
using torch::Tensor;
using Whole = std::uint32_t __attribute__((vector_size(64)));

constexpr std::int64_t kBlock = 4096;  ///< numbers of a thread's piece of work

/// What decides about a number: a hash of its place below `least` zeroes it.
struct Rule {
  std::uint64_t seed;
  std::uint32_t least;
  float factor;
};

/// A hash of 32 bits without visible bias (Wellons 2018, lowbias32).
ZOO_INLINE void scramble(Whole& x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
}

/// The numbers at `first`, a multiple of kLanes, and behind.
ZOO_INLINE void drop(const Rule& rule, std::int64_t first, std::int64_t count, const float* from, float* to) {
  Whole lane;
  for (std::uint32_t i = 0; i < kLanes; ++i) lane[i] = i;
  for (std::int64_t at = 0; at < count; at += kLanes) {
    const auto place = static_cast<std::uint64_t>(first + at);
    Whole hash = lane + static_cast<std::uint32_t>(place) + static_cast<std::uint32_t>(rule.seed);
    scramble(hash);
    hash ^= static_cast<std::uint32_t>(rule.seed >> 32) + static_cast<std::uint32_t>(place >> 32);
    scramble(hash);
    const auto size = static_cast<std::size_t>(std::min(kLanes, count - at)) * sizeof(float);
    Floats x = {};
    std::memcpy(&x, from + at, size);
    x = hash < rule.least ? Floats{} : x * rule.factor;
    std::memcpy(to + at, &x, size);
  }
}

Tensor dropped(const Tensor& given, const Rule& rule) {
  const auto x = given.contiguous();
  auto result = torch::empty_like(x);
  const auto count = x.numel();
  const auto* from = x.const_data_ptr<float>();
  auto* to = result.data_ptr<float>();
  at::parallel_for(0, (count + kBlock - 1) / kBlock, 4, [&](std::int64_t begin, std::int64_t end) {
    const auto first = begin * kBlock;
    on_processor<drop>(rule, first, std::min(count, end * kBlock) - first, from + first, to + first);
  });
  return result;
}

Rule rule_of(double share, std::int64_t seed) {
  return {static_cast<std::uint64_t>(seed), static_cast<std::uint32_t>(std::lround(share * 0x1p32)),
          static_cast<float>(1 / (1 - share))};
}

class Dropout : public torch::autograd::Function<Dropout> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& x, double share, std::int64_t seed) {
    context->saved_data["share"] = share;
    context->saved_data["seed"] = seed;
    return dropped(x, rule_of(share, seed));
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto rule = rule_of(context->saved_data["share"].toDouble(), context->saved_data["seed"].toInt());
    return {dropped(gradients[0], rule), Tensor(), Tensor()};
  }
};

std::int64_t drawn_seed() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard lock(generator.mutex());
  return static_cast<std::int64_t>(at::check_generator<at::CPUGeneratorImpl>(generator)->random64());
}

}  // namespace

Tensor dropout(const Tensor& x, double share, bool training) {
  if (!training || share <= 0) return x;
  const bool ours = x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
  // Nearer to 1, its 2^32-fold is no 32-bit number.
  if (!ours || share >= 1 - 0x1p-32) return torch::dropout(x, share, training);
  return Dropout::apply(x.to(at::kFloat), share, drawn_seed());
}

}  // namespace zoo
