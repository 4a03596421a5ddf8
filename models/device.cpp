#include "models/device.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <filesystem>
#include <typeinfo>

#include "base/error.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

torch::Device chosen = torch::kCPU;

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// Where this process's libtorch_cpu.so lies.
fs::path libtorch_folder() {
  Dl_info found{};
  if (::dladdr(reinterpret_cast<const void*>(&at::detail::getCUDAHooks), &found) == 0) return {};
  return fs::path(found.dli_fname).parent_path();
}

/// The program links LibTorch's half for the CPU, which is all that most machines have. The other half finds its way
/// into the registries of the first when it is loaded. Whether it is there must not be asked of LibTorch before: the
/// first answer is kept.
void load_cuda() {
  if (at::CUDAHooksRegistry()->Has("CUDAHooks")) return;  // linked, or loaded before
  const auto folder = libtorch_folder();
  const auto library = folder / "libtorch_cuda.so";
  if (!fs::exists(library)) {
    fail_usage(
        "--device cuda: the LibTorch in {} is one for the CPU; build with one for CUDA (-DCMAKE_PREFIX_PATH=…), or "
        "leave --device out",
        folder.string());
  }
  if (::dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return;
  const auto* error = ::dlerror();
  fail_usage(
      "--device cuda: {}; CUDA's libraries beside LibTorch are not all there (./zoo build installs what the CPU "
      "needs): "
      "pip install torch=={} in its environment brings the others, or leave --device out",
      first_line(error == nullptr ? "libtorch_cuda.so cannot be loaded" : error), TORCH_VERSION);
}

/// What LibTorch remarks while it looks for a GPU: why there is none.
class Remarks : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override { text = first_line(warning.msg()); }
  std::string text;
};

void check_gpu() {
  const auto& cuda = at::detail::getCUDAHooks();
  if (typeid(cuda) == typeid(at::CUDAHooksInterface)) {  // what LibTorch keeps where it was asked too early
    fail("--device cuda: LibTorch's half for CUDA was loaded after tensors had been worked with; this is a fault here");
  }
  Remarks remarks;
  const c10::WarningUtils::WarningHandlerGuard guard(&remarks);
  if (cuda.getNumGPUs() < 1) {
    fail_usage("--device cuda: no GPU is seen{}; leave --device out to compute on the CPU",
               remarks.text.empty() ? "" : " (" + remarks.text + ")");
  }
  at::globalContext().setAllowTF32CuDNN(false);  // fp32 is float32 here: convolutions would round to ten bits
  try {
    torch::zeros({1}, torch::Device(torch::kCUDA, 0)).item<float>();
  } catch (const c10::Error& error) {
    fail_usage("--device cuda: the GPU does not work: {}; leave --device out to compute on the CPU",
               first_line(error.what_without_backtrace()));
  }
}

}  // namespace

void use_device(std::string_view name) {
  if (name != "cpu" && name != "cuda") fail_usage("--device {}: is none; give cpu or cuda", name);
  if (name == "cuda") {
    load_cuda();
    check_gpu();
  }
  chosen = name == "cuda" ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
}

torch::Device compute_device() { return chosen; }

void wait_for(torch::Device device) {
  if (device.is_cpu()) return;
  c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
}

}  // namespace zoo
