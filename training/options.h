#pragma once

#include <cstdint>
#include <string>

#include "base/fields.h"

namespace zoo {

/// How a model is trained: part of config.json, so that a run can be repeated.
struct TrainingOptions {
  std::int64_t batch_size = 32, batch_tokens = 0;
  std::int64_t accumulate = 1;
  double epochs = 1;
  std::int64_t seed = 1;

  std::string optimizer = "adam";
  double learning_rate = 0.001;
  std::string schedule = "constant";
  std::int64_t warmup = 0;
  double floor = 0;
  double weight_decay = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double momentum = 0;
  double clip = 0;
  double average = 0;
  std::int64_t average_last = 0;

  std::string validate_by = "loss";
  std::int64_t validate_every = 0;
  std::int64_t patience = 0;
  std::string precision = "fp32";

  void fields(Fields& field);
};

/// How far and how one sitting goes: may differ from one --resume to the next, for it changes no weight.
struct SittingOptions {
  double max_minutes = 0;
  std::int64_t max_steps = 0;
  std::int64_t threads = 0;
  std::int64_t checkpoint_every = 0;
  double checkpoint_minutes = 5;
  std::int64_t log_every = 100;
  bool tensorboard = false;
  double process_timeout = 300;
  std::string device = "cpu";

  void fields(Fields& field);
};

}  // namespace zoo
