#include "training/options.h"

#include "models/device.h"

namespace zoo {

void TrainingOptions::fields(Fields& field) {
  field("batch_size", batch_size, "rows of a batch").range(1, 1 << 20);
  field("batch_tokens", batch_tokens,
        "lines and pairs of them: instead of batch_size, so many tokens a batch at most, padding counted (a pair: of "
        "both "
        "sides); rows of like length stand together. 0: batch_size counts")
      .range(0, 1 << 30);
  field("accumulate", accumulate, "batches whose gradients make one step").range(1, 1 << 20);
  field("epochs", epochs, "times the training text is gone through").range(0.001, 1e6);
  field("seed", seed, "of initial weights, order and dropout").range(0, 1LL << 53);
  field("optimizer", optimizer, "how gradients become steps").choices({"adam", "adamw", "sgd", "adagrad"});
  field("learning_rate", learning_rate, "the schedule's peak").range(0, 1e6);
  field("schedule", schedule, "how the learning rate goes").choices({"constant", "linear", "cosine", "inverse_sqrt"});
  field("warmup", warmup, "steps in which the learning rate rises to its peak").range(0, 1LL << 40);
  field("floor", floor, "linear, cosine: share of the peak where they end").range(0, 1);
  field("weight_decay", weight_decay, "adam, sgd, adagrad: added to the gradient; adamw: taken from the weight")
      .range(0, 1e6);
  field("beta1", beta1, "adam, adamw: decay of the mean").range(0, 0.999999);
  field("beta2", beta2, "adam, adamw: decay of the mean square").range(0, 0.9999999);
  field("epsilon", epsilon, "adam, adamw, adagrad: added to the root").range(0, 1);
  field("momentum", momentum, "sgd").range(0, 0.999999);
  field("clip", clip, "largest norm of all gradients together; 0: no limit").range(0, 1e12);
  field(
      "average", average,
      "decay of a moving average of the weights, which then is what is validated and kept (0.999); 0: the last weights")
      .range(0, 0.999999);
  field("average_last", average_last,
        "validate and keep the mean of the weights at so many of the last validations, this one included (5); 0: the "
        "last "
        "weights")
      .range(0, 1000);
  field("validate_by", validate_by,
        "what tells the better weights: the validation loss, or in translation BLEU or chrF of greedy translations")
      .choices({"loss", "bleu", "chrf"});
  field("validate_every", validate_every, "steps between validations; 0: once an epoch").range(0, 1LL << 40);
  field("patience", patience, "validations in a row without a better one that end training; 0: never")
      .range(0, 1 << 20);
  field("precision", precision,
        "bf16: products are of bfloat16 numbers, weights, their gradients, losses and the optimizer's memory stay "
        "float32; for GPUs, and processors that multiply bfloat16 (AVX-512 BF16), others refuse it")
      .choices({"fp32", "bf16"});
}

void SittingOptions::fields(Fields& field) {
  field("max_minutes", max_minutes, "stop after so many minutes of training in all, earlier sittings counted; 0: never")
      .range(0, 1e7);
  field("max_steps", max_steps, "stop after so many steps in all; 0: never").range(0, 1LL << 40);
  field("threads", threads, "0: all cores").range(0, 1024);
  field("checkpoint_every", checkpoint_every, "steps between saved states; 0: by time only").range(0, 1LL << 40);
  field("checkpoint_minutes", checkpoint_minutes, "minutes between saved states; 0: by steps only").range(0, 1e7);
  field("log_every", log_every, "steps between lines of metrics.jsonl").range(1, 1LL << 40);
  field("tensorboard", tensorboard, "write TensorBoard events as well, into the run's folder tensorboard/");
  field("process_timeout", process_timeout,
        "several processes: seconds to wait for the others at the start, and later for one that does not answer")
      .range(1, 1e6);
  device_field(field, device, "where a model that is trained by gradient is trained");
}

}  // namespace zoo
