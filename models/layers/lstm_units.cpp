#include "models/layers/lstm_units.h"

#include <algorithm>
#include <cstring>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

namespace zoo {
namespace {

using lanes::exponential;
using lanes::Floats;
using lanes::Ints;
using lanes::kLanes;

ZOO_INLINE void load(Floats& x, const float* from) { std::memcpy(&x, from, sizeof x); }
ZOO_INLINE void store(const Floats& x, float* to) { std::memcpy(to, &x, sizeof x); }

/// |x|
ZOO_INLINE void magnitude(Floats& x) { x = x < 0.0f ? -x : x; }

ZOO_INLINE void sigmoid(Floats& x) {
  Floats e = x;
  magnitude(e);
  e = -e;
  exponential(e);  // e^−|x|, at most 1
  const Floats one = Floats{} + 1.0f;
  x = (x < 0.0f ? e : one) / (one + e);
}

ZOO_INLINE void hyperbolic_tangent(Floats& x) {
  Floats e = x;
  magnitude(e);
  e = e * -2.0f;
  exponential(e);
  const Floats one = Floats{} + 1.0f;
  const Floats t = (one - e) / (one + e);
  x = x < 0.0f ? -t : t;
}

ZOO_INLINE void clip_to(Floats& x, float limit) {
  const Floats high = Floats{} + limit;
  x = x > high ? high : x;
  x = x < -high ? -high : x;
}

ZOO_INLINE void forward_row(float* gates, const float* bias, const float* before, float* cell, float* activity,
                            float clip) {
  for (std::int64_t u = 0; u < kLstmUnits; u += kLanes) {
    Floats i, j, f, o, c, b;
    load(i, gates + u);
    load(b, bias + u);
    i += b;
    load(j, gates + kLstmUnits + u);
    load(b, bias + kLstmUnits + u);
    j += b;
    load(f, gates + 2 * kLstmUnits + u);
    load(b, bias + 2 * kLstmUnits + u);
    f += b + 1.0f;
    load(o, gates + 3 * kLstmUnits + u);
    load(b, bias + 3 * kLstmUnits + u);
    o += b;
    sigmoid(i);
    hyperbolic_tangent(j);
    sigmoid(f);
    sigmoid(o);
    load(c, before + u);
    c = f * c + i * j;
    if (clip > 0) clip_to(c, clip);
    store(i, gates + u);
    store(j, gates + kLstmUnits + u);
    store(f, gates + 2 * kLstmUnits + u);
    store(o, gates + 3 * kLstmUnits + u);
    store(c, cell + u);
    hyperbolic_tangent(c);
    c *= o;
    store(c, activity + u);
  }
}

ZOO_INLINE void backward_row(float* gates, const float* before, const float* cell, const float* of_activity,
                             float* of_cell, float clip) {
  const Floats one = Floats{} + 1.0f;
  for (std::int64_t u = 0; u < kLstmUnits; u += kLanes) {
    Floats i, j, f, o, c, t, was, dm, dc;
    load(i, gates + u);
    load(j, gates + kLstmUnits + u);
    load(f, gates + 2 * kLstmUnits + u);
    load(o, gates + 3 * kLstmUnits + u);
    load(c, cell + u);
    load(was, before + u);
    load(dm, of_activity + u);
    load(dc, of_cell + u);
    t = c;
    hyperbolic_tangent(t);
    dc += dm * o * (one - t * t);
    if (clip > 0) {  // no gradient through what was cut off
      magnitude(c);
      dc = c < clip ? dc : Floats{};
    }
    store(dc * j * i * (one - i), gates + u);
    store(dc * i * (one - j * j), gates + kLstmUnits + u);
    store(dc * was * f * (one - f), gates + 2 * kLstmUnits + u);
    store(dm * t * o * (one - o), gates + 3 * kLstmUnits + u);
    store(dc * f, of_cell + u);
  }
}

struct Work {
  LstmUnitsStep step;
  const float* bias;
  float *cell, *activity;
  const float *made_cell, *of_activity;
  float* of_cell;
};

ZOO_INLINE void work(const Work& w, bool back) {
  for (std::int64_t row = 0; row < w.step.rows; ++row) {
    auto* gates = w.step.panel + row * kLstmPanel;
    const auto at = row * w.step.stride;
    const bool ended = w.step.going_on != nullptr && !w.step.going_on[row];
    if (back) {
      if (ended) {
        std::memset(gates, 0, kLstmPanel * sizeof(float));
      } else {
        backward_row(gates, w.step.cell_before + at, w.made_cell + at, w.of_activity + row * kLstmUnits, w.of_cell + at,
                     w.step.clip);
      }
    } else if (ended) {
      std::memcpy(w.cell + at, w.step.cell_before + at, kLstmUnits * sizeof(float));
      std::memset(w.activity + at, 0, kLstmUnits * sizeof(float));
    } else {
      forward_row(gates, w.bias, w.step.cell_before + at, w.cell + at, w.activity + at, w.step.clip);
    }
  }
}

}  // namespace

void lstm_units_forward(const LstmUnitsStep& step, const float* bias, float* cell, float* activity) {
  on_processor<work>(Work{step, bias, cell, activity, nullptr, nullptr, nullptr}, false);
}

void lstm_units_backward(const LstmUnitsStep& step, const float* cell, const float* activity_gradient,
                         float* cell_gradient) {
  on_processor<work>(Work{step, nullptr, nullptr, nullptr, cell, activity_gradient, cell_gradient}, true);
}

}  // namespace zoo
