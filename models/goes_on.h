#pragma once

#include "models/model.h"

namespace zoo {

/// A model that goes on from all that a run of its kind has learned.
class GoesOnFromRun {
 public:
  virtual ~GoesOnFromRun() = default;
  /// The next initialise() gives every part what stands in `saved`. Parts of an output layer that the run has not start
  /// anew. Throws Error there for parts that are unknown, missing or of another shape.
  virtual void go_on_from(Parts saved) = 0;
};

}  // namespace zoo
