// What most units with LibTorch need, precompiled once. Not <torch/torch.h>: the templates of its every module would
// be instantiated again in each unit, a third of the time it takes to compile.
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
