#pragma once

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "models/device.h"

namespace zoo {

/// Whether the device is the one of stand_in/, linked or loaded before, and no GPU.
inline bool is_stand_in() { return ::dlsym(RTLD_DEFAULT, "zoo_stand_in") != nullptr; }

/// Its library, for programs that are to be started with it.
inline std::string stand_in_file() {
  Dl_info found{};
  const auto* symbol = ::dlsym(RTLD_DEFAULT, "zoo_stand_in");
  return symbol != nullptr && ::dladdr(symbol, &found) != 0 ? found.dli_fname : "";
}

/// Why there is no CUDA device to test on; empty where there is one. Asked first when the program has not yet worked
/// with tensors, as use_device() wants it.
inline const std::string& missing_device() {
  static const std::string why = [] {
    try {
      use_device("cuda");
      use_device("cpu");
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  }();
  return why;
}

#define ZOO_NEED_DEVICE() \
  if (!missing_device().empty()) GTEST_SKIP() << "no GPU to test on: " << missing_device()

/// Makes loaded and trained models compute on the device while it lives.
class OnDevice {
 public:
  OnDevice() { use_device("cuda"); }
  ~OnDevice() { use_device("cpu"); }
  OnDevice(const OnDevice&) = delete;
  OnDevice& operator=(const OnDevice&) = delete;
};

inline torch::Device the_device() { return {torch::kCUDA, 0}; }

/// Equal but for what another order of adding up does to float32: by `tolerance` of the largest number.
inline void expect_near(const torch::Tensor& a, const torch::Tensor& b, const std::string& what,
                        double tolerance = 1e-4) {
  ASSERT_EQ(a.defined(), b.defined()) << what;
  if (!a.defined()) return;
  ASSERT_EQ(a.sizes(), b.sizes()) << what;
  const auto x = a.detach().cpu().to(torch::kDouble), y = b.detach().cpu().to(torch::kDouble);
  const auto finite = torch::isfinite(x);
  EXPECT_TRUE(torch::equal(finite, torch::isfinite(y))) << what;
  if (x.numel() == 0) return;
  const auto largest = torch::where(finite, x.abs(), 0.0).max().item<double>();
  const auto difference = torch::where(finite, (x - y).abs(), 0.0).max().item<double>();
  EXPECT_LE(difference, tolerance * std::max(1e-3, largest)) << what << ", numbers up to " << largest;
}

}  // namespace zoo
