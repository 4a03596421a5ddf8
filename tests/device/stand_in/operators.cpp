// The operators of a device that is none: a stand-in for CUDA where there is no GPU. Tensors of it are CUDA tensors for
// LibTorch, and so take the ways through our code and LibTorch's that a GPU's would; their memory cannot be read (see
// memory.h), and an operator that is given tensors of both devices throws, as CUDA's do. What an operator computes is
// computed by the CPU.
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <torch/library.h>
#include <torch/types.h>

#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>

#include "tests/device/stand_in/memory.h"

namespace zoo::stand_in {
namespace {

using c10::IValue;
using torch::Tensor;

constexpr c10::DispatchKeySet kKey(c10::DispatchKey::CUDA);

Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
             std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, device_memory(), kKey, c10::dtype_or_default(type), format);
}

Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                     std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, device_memory(), kKey, c10::dtype_or_default(type));
}

/// A tensor of the CPU in the same memory. Of one without numbers another, which can grow.
Tensor on_host(const Tensor& x) {
  if (!x.is_cuda()) return x;
  const auto options = at::TensorOptions(x.scalar_type());
  if (x.numel() == 0) return at::empty_strided(x.sizes(), x.strides(), options);
  return at::from_blob(host_address(x.const_data_ptr()), x.sizes(), x.strides(), options);
}

Tensor on_device(const Tensor& x) {
  if (!x.defined()) return x;
  const auto dense = x.is_non_overlapping_and_dense() ? x : x.contiguous();
  const auto made = empty_strided(dense.sizes(), dense.strides(), dense.scalar_type(), {}, {}, {});
  if (dense.numel() > 0) on_host(made).copy_(dense);
  return made;
}

Tensor& copy(Tensor& self, const Tensor& from, bool) {
  const at::AutoDispatchBelowADInplaceOrView below;
  if (self.numel() > 0) on_host(self).copy_(on_host(from));
  return self;
}

const Tensor& resize_on_device(const Tensor& self, at::IntArrayRef sizes, std::optional<at::MemoryFormat>) {
  auto* const tensor = self.unsafeGetTensorImpl();
  const auto before = self.nbytes();
  tensor->set_sizes_contiguous(sizes);
  const auto needed = self.nbytes() + static_cast<size_t>(self.storage_offset()) * self.element_size();
  const auto& storage = self.storage();
  if (storage.nbytes() >= needed) return self;
  auto larger = device_memory()->allocate(needed);
  if (before > 0) device_memory()->copy_data(larger.get(), storage.data(), storage.nbytes());
  storage.set_data_ptr_noswap(std::move(larger));
  storage.set_nbytes(needed);
  return self;
}

/// Names of the operators that were asked for, into the file that ZOO_STAND_IN_LOG names: to look whether CUDA has
/// them.
void note(const std::string& name) {
  static const char* const file = std::getenv("ZOO_STAND_IN_LOG");
  if (file == nullptr) return;
  static std::mutex mutex;
  static std::set<std::string> known;
  const std::lock_guard lock(mutex);
  if (known.insert(name).second) std::ofstream(file, std::ios::app) << name << "\n";
}

/// One operator's arguments with every tensor of the device replaced by one of the CPU.
class Call {
 public:
  explicit Call(const c10::FunctionSchema& schema) : schema_(schema) {}

  IValue argument(const IValue& value, bool written) {
    if (value.isTensor()) return tensor(value.toTensor(), written);
    if (value.isTensorList()) {
      std::vector<Tensor> list;
      for (const auto& one : value.toTensorVector()) list.push_back(tensor(one, written));
      return list;
    }
    if (value.isOptionalTensorList()) {
      c10::List<std::optional<Tensor>> list;
      for (const std::optional<Tensor>& one : value.toOptionalTensorVector()) {
        list.push_back(one ? std::optional(tensor(*one, written)) : std::nullopt);
      }
      return list;
    }
    if (value.isDevice()) return c10::Device(c10::DeviceType::CPU);
    if (value.isGenerator()) cpu_generator_ = value.toGenerator().device().is_cpu();
    return value;
  }

  void check() const {
    TORCH_CHECK(others_.empty() || !some_on_device_,
                "Expected all tensors to be on the same device, but found cuda:0 and ", "cpu in ", schema_.name(),
                " (a tensor of ", others_, ")");
    TORCH_CHECK(!cpu_generator_ || !some_on_device_, "Expected a 'cuda' device type for generator but found 'cpu' in ",
                schema_.name());
  }

  IValue result(const IValue& value) const {
    if (value.isTensor()) return result(value.toTensor());
    if (!value.isTensorList()) return value;
    std::vector<Tensor> list;
    for (const auto& one : value.toTensorVector()) list.push_back(result(one));
    return list;
  }

  /// Results that were given empty may have grown.
  void give_back_grown() const {
    for (const auto& [device, host] : written_) {
      if (device.sizes() == host.sizes() && host.numel() > 0 && device.numel() > 0) continue;
      resize_on_device(device, host.sizes(), {});
      if (host.numel() > 0) on_host(device).copy_(host);
    }
  }

 private:
  Tensor tensor(const Tensor& x, bool written) {
    if (!x.defined()) return x;
    if (!x.is_cuda()) {
      if (x.dim() > 0) others_ = c10::str(x.sizes());
      return x;
    }
    some_on_device_ = true;
    auto host = on_host(x);
    if (written) written_.emplace_back(x, host);
    return host;
  }
  Tensor result(const Tensor& x) const {
    for (const auto& [device, host] : written_) {
      if (host.is_same(x)) return device;
    }
    return on_device(x);
  }

  const c10::FunctionSchema& schema_;
  std::vector<std::pair<Tensor, Tensor>> written_;
  std::string others_;
  bool some_on_device_ = false, cpu_generator_ = false;
};

void by_the_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const auto& schema = op.schema();
  note(op.operator_name().name + "." + op.operator_name().overload_name);
  for (const auto& returned : schema.returns()) {
    TORCH_CHECK(returned.alias_info() == nullptr || returned.alias_info()->isWrite(), "the stand-in lacks the view ",
                schema.name());
  }
  const at::AutoDispatchBelowADInplaceOrView below;
  const auto first = stack->size() - schema.arguments().size();
  Call call(schema);
  for (std::size_t i = 0; i < schema.arguments().size(); ++i) {
    const auto* alias = schema.arguments()[i].alias_info();
    (*stack)[first + i] = call.argument((*stack)[first + i], alias != nullptr && alias->isWrite());
  }
  call.check();
  op.callBoxed(stack);
  call.give_back_grown();
  for (auto i = stack->size() - schema.returns().size(); i < stack->size(); ++i) (*stack)[i] = call.result((*stack)[i]);
}

/// What a GPU has and the CPU has not: the part of an LSTM's cell between its products. Gates in the order i, f, g, o;
/// the workspace keeps them as they act.
std::tuple<Tensor, Tensor, Tensor> lstm_cell(const Tensor& of_input, const Tensor& of_hidden, const Tensor& cell,
                                             const std::optional<Tensor>& input_bias,
                                             const std::optional<Tensor>& hidden_bias) {
  auto sum = of_input + of_hidden;
  if (input_bias && input_bias->defined()) sum = sum + *input_bias + *hidden_bias;
  const auto gates = sum.chunk(4, 1);
  const auto i = gates[0].sigmoid(), f = gates[1].sigmoid(), g = gates[2].tanh(), o = gates[3].sigmoid();
  const auto next = f * cell + i * g;
  return {o * next.tanh(), next, at::cat({i, f, g, o}, 1)};
}

std::tuple<Tensor, Tensor, Tensor> lstm_cell_backward(const std::optional<Tensor>& of_hidden,
                                                      const std::optional<Tensor>& of_cell, const Tensor& before,
                                                      const Tensor& cell, const Tensor& workspace, bool has_bias) {
  const auto gates = workspace.chunk(4, 1);
  const auto &i = gates[0], &f = gates[1], &g = gates[2], &o = gates[3];
  const auto of_h = of_hidden && of_hidden->defined() ? *of_hidden : at::zeros_like(cell);
  auto of_c = of_h * o * (1 - cell.tanh().square());
  if (of_cell && of_cell->defined()) of_c = of_c + *of_cell;
  const auto of_gates = at::cat({of_c * g * i * (1 - i), of_c * before * f * (1 - f), of_c * i * (1 - g.square()),
                                 of_h * cell.tanh() * o * (1 - o)},
                                1);
  return {of_gates, of_c * f, has_bias ? of_gates.sum(0) : Tensor()};
}

}  // namespace
}  // namespace zoo::stand_in

/// By which a program knows that it is there.
extern "C" {
extern const int zoo_stand_in;
const int zoo_stand_in = 1;
}

TORCH_LIBRARY_IMPL(aten, CUDA, m) {
  m.impl("empty.memory_format", zoo::stand_in::empty);
  m.impl("empty_strided", zoo::stand_in::empty_strided);
  m.impl("as_strided", at::native::as_strided_tensorimpl);
  m.impl("view", at::native::view);
  m.impl("_reshape_alias", at::native::_reshape_alias);
  m.impl("unfold", at::native::unfold);
  m.impl("copy_", zoo::stand_in::copy);
  m.impl("resize_", zoo::stand_in::resize_on_device);
  m.impl("_thnn_fused_lstm_cell", zoo::stand_in::lstm_cell);
  m.impl("_thnn_fused_lstm_cell_backward_impl", zoo::stand_in::lstm_cell_backward);
}

TORCH_LIBRARY_IMPL(_, CUDA, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&zoo::stand_in::by_the_cpu>()); }
