// The update of kernel.h on registers of Lanes::kCount floats; each instruction set includes this after its Lanes.
// Everything stands in an unnamed namespace and no standard template is used: what is compiled here for a newer
// machine must never be taken by the linker for the others.
//
// Up to kGroup inputs meet a block of up to six outputs at a time, one alone a block of twelve where there are registers
// enough: the dot products live in registers and are summed across lanes together; both sides are then updated in one
// pass over the components. Inputs are floats here: rows of halves are widened into scratch rows before, and rounded
// back once when all outputs were met. Outputs are the matrix's own rows, of either kind.

#define ZOO_UNROLL _Pragma("GCC unroll 16")

using Lane = Lanes::Register;
constexpr int kLanes = Lanes::kCount;
constexpr int kTogether = 6;
constexpr int kSlot = 8;  ///< the scores of one input against a block of outputs lie in so many places
template <int N>
constexpr bool kTwelve = N == 1 && kLanes == 16;
template <int B>
constexpr int kPlaces = B == 12 ? 2 * kSlot : kSlot;

/// How many of the outputs that are left go together.
template <int N>
inline int block_of(int left) {
  if (kTwelve<N> && left >= 12) return 12;
  return left < kTogether ? left : kTogether;
}

/// How a register becomes components j … of the k-th row that is written: floats as they are, halves rounded with the
/// bits of a draw.
template <class Cell>
struct Rounding {
  explicit Rounding(const Dither::Draw&) {}
  void store(Cell* row, std::int64_t j, Lane x, int) const { Lanes::store(row + j, x); }
};
template <>
struct Rounding<Half> {
  explicit Rounding(const Dither::Draw& draw) : bits(draw.bits), flip(Lanes::whole(draw.flip)) {}
  void store(Half* row, std::int64_t j, Lane x, int k) const {
    Lanes::store(row + j, x, bits + Dither::kRow * k + (j & (Dither::kSpan - 1)), flip);
  }
  const std::uint32_t* bits;
  Lanes::Whole flip;
};

/// e^−x for x in [0, 80]: 2^n·2^r with |r| ≤ 1/2, the latter by its Taylor polynomial (error below 2e-7).
inline Lane exp_of_minus(Lane x) {
  const Lane y = x * -1.44269504F;
  const Lane n = Lanes::round(y), r = y - n;
  Lane p = Lanes::all(1.5403530e-4F);
  p = Lanes::fma(p, r, Lanes::all(1.3333558e-3F));
  p = Lanes::fma(p, r, Lanes::all(9.6181291e-3F));
  p = Lanes::fma(p, r, Lanes::all(5.5504109e-2F));
  p = Lanes::fma(p, r, Lanes::all(0.24022651F));
  p = Lanes::fma(p, r, Lanes::all(0.69314718F));
  p = Lanes::fma(p, r, Lanes::all(1.0F));
  return Lanes::scale(p, n);
}

/// scores → g in place, `count` of them, a multiple of a register. Places with a label below 0 hold no score. Tallies
/// the loss.
inline void gradients(Work& work, float* scores, const float* labels, int count) {
  work.expect(count / kLanes);
  const Lane zero = Lanes::all(0), one = Lanes::all(1), rate = Lanes::all(work.rate);
  Lane linear = Lanes::load(work.linear), product = Lanes::load(work.product);
  for (int i = 0; i < count; i += kLanes) {
    const Lane label = Lanes::load(labels + i);
    const Lane score = label < zero ? Lanes::all(-80) : Lanes::load(scores + i);
    const Lane magnitude = Lanes::max(score, zero - score);
    const Lane small = exp_of_minus(Lanes::min(magnitude, Lanes::all(80)));
    const Lane inverse = one / (one + small);
    const Lane sigmoid = score >= zero ? inverse : small * inverse;
    Lanes::store(scores + i, (label - sigmoid) * rate);
    linear += Lanes::max(score * (one - label - label), zero);
    product *= one + small;
  }
  Lanes::store(work.linear, linear);
  Lanes::store(work.product, product);
}

/// scores[kSlot·i + k] = inputs_i · outputs_k, for one or two inputs.
template <int N, int B, class Cell>
inline void dots(std::int64_t width, const float* const* inputs, Cell* const* outputs, float* scores) {
  Lane sums[N * B];
  ZOO_UNROLL
  for (int c = 0; c < N * B; ++c) sums[c] = Lanes::all(0);
  for (std::int64_t j = 0; j < width; j += kLanes) {
    Lane in[N];
    ZOO_UNROLL
    for (int i = 0; i < N; ++i) in[i] = Lanes::load(inputs[i] + j);
    ZOO_UNROLL
    for (int k = 0; k < B; ++k) {
      const Lane out = Lanes::load(outputs[k] + j);
      ZOO_UNROLL
      for (int i = 0; i < N; ++i) sums[i * B + k] = Lanes::fma(in[i], out, sums[i * B + k]);
    }
  }
  Lanes::template sum_slots<N, B>(sums, scores);
}

/// outputs_k += Σ_i g·inputs_i, to_i = from_i + Σ_k g·outputs_k, all from the old rows; g[kSlot·i + k].
template <int N, int B, class Cell>
inline void apply(std::int64_t width, const float* const* inputs, Cell* const* outputs, const float* g,
                  const float* const* from, float* const* to, const Dither::Draw& draw) {
  const Rounding<Cell> rounding(draw);
  Cell* rows[B];  // a copy: a store of a register could be one to the list itself, for all that the compiler knows
  ZOO_UNROLL
  for (int k = 0; k < B; ++k) rows[k] = outputs[k];
  for (std::int64_t j = 0; j < width; j += kLanes) {
    Lane in[N], change[N];
    ZOO_UNROLL
    for (int i = 0; i < N; ++i) {
      in[i] = Lanes::load(inputs[i] + j);
      change[i] = Lanes::load(from[i] + j);
    }
    ZOO_UNROLL
    for (int k = 0; k < B; ++k) {
      const Lane out = Lanes::load(rows[k] + j);
      Lane updated = out;
      ZOO_UNROLL
      for (int i = 0; i < N; ++i) {
        const Lane factor = Lanes::all(g[kSlot * i + k]);
        change[i] = Lanes::fma(factor, out, change[i]);
        updated = Lanes::fma(factor, in[i], updated);
      }
      rounding.store(rows[k], j, Lanes::hold(updated), k);
    }
    ZOO_UNROLL
    for (int i = 0; i < N; ++i) Lanes::store(to[i] + j, Lanes::hold(change[i]));
  }
}

/// What is done with N inputs and a block of B outputs.
template <int N, int B, class Cell>
inline void scores_of_block(const Work& work, const float* const* inputs, Cell* const* outputs, const float* labels,
                            float* scores, float* wanted) {
  if constexpr (N > 1) {
    ZOO_UNROLL
    for (int i = 0; i + 1 < N; i += 2) dots<2, B>(work.width, inputs + i, outputs, scores + kSlot * i);
  }
  if constexpr (N % 2 == 1) dots<1, B>(work.width, inputs + N - 1, outputs, scores + kSlot * (N - 1));
  ZOO_UNROLL
  for (int i = 0; i < N; ++i) {
    ZOO_UNROLL
    for (int k = 0; k < kPlaces<B>; ++k) wanted[kSlot * i + k] = k < B ? labels[k] : -1.0F;
  }
}

template <int N, class Cell>
inline void scores_of(int b, const Work& work, const float* const* inputs, Cell* const* outputs, const float* labels,
                      float* scores, float* wanted) {
  if constexpr (kTwelve<N>) {
    if (b == 12) return scores_of_block<N, 12>(work, inputs, outputs, labels, scores, wanted);
  }
  switch (b) {
    case 1: return scores_of_block<N, 1>(work, inputs, outputs, labels, scores, wanted);
    case 2: return scores_of_block<N, 2>(work, inputs, outputs, labels, scores, wanted);
    case 3: return scores_of_block<N, 3>(work, inputs, outputs, labels, scores, wanted);
    case 4: return scores_of_block<N, 4>(work, inputs, outputs, labels, scores, wanted);
    case 5: return scores_of_block<N, 5>(work, inputs, outputs, labels, scores, wanted);
    default: return scores_of_block<N, 6>(work, inputs, outputs, labels, scores, wanted);
  }
}

template <int N, class Cell>
inline void apply_of(int b, std::int64_t width, const float* const* inputs, Cell* const* outputs, const float* g,
                     const float* const* from, float* const* to, const Dither::Draw& draw) {
  if constexpr (kTwelve<N>) {
    if (b == 12) return apply<N, 12>(width, inputs, outputs, g, from, to, draw);
  }
  switch (b) {
    case 1: return apply<N, 1>(width, inputs, outputs, g, from, to, draw);
    case 2: return apply<N, 2>(width, inputs, outputs, g, from, to, draw);
    case 3: return apply<N, 3>(width, inputs, outputs, g, from, to, draw);
    case 4: return apply<N, 4>(width, inputs, outputs, g, from, to, draw);
    case 5: return apply<N, 5>(width, inputs, outputs, g, from, to, draw);
    default: return apply<N, 6>(width, inputs, outputs, g, from, to, draw);
  }
}

/// N inputs against all outputs. The change goes to `to`, which starts as `from`; with more than one block of outputs
/// it is gathered in `between`, because all of it is to come from the old inputs.
template <int N, class Cell>
inline void step(Work& work, const float* const* inputs, Cell* const* outputs, const float* labels, int m,
                 const float* const* from, float* const* to, float* const* between) {
  const auto draw = work.dither.draw();
  constexpr int kMost = (kMaxOutputs + kTogether - 1) / kTogether * kSlot * N + kLanes;
  alignas(64) float scores[kMost], wanted[kMost];
  int b = 0, places = 0;
  for (int k = 0; k < m; k += b) {
    b = block_of<N>(m - k);
    scores_of<N>(b, work, inputs, outputs + k, labels + k, scores + places, wanted + places);
    places += N * (b == 12 ? kPlaces<12> : kSlot);
  }
  for (; places % kLanes != 0; ++places) wanted[places] = -1;
  gradients(work, scores, wanted, places);
  const float* g = scores;
  for (int k = 0; k < m; k += b) {
    b = block_of<N>(m - k);
    apply_of<N>(b, work.width, inputs, outputs + k, g, k == 0 ? from : between, k + b == m ? to : between,
                draw.from(k));
    g += N * (b == 12 ? kPlaces<12> : kSlot);
  }
  asm volatile("" ::: "memory");  // or g++ keeps the outputs of one step in registers for the next, and spills them
}

inline void clear(const Work& work, float* row) {
  for (std::int64_t j = 0; j < work.width; j += kLanes) Lanes::store(row + j, Lanes::all(0));
}

template <class Cell>
inline void add(Work& work, Cell* row, const float* change) {
  const Rounding<Cell> rounding(work.dither.draw());
  for (std::int64_t j = 0; j < work.width; j += kLanes) {
    rounding.store(row, j, Lanes::hold(Lanes::load(row + j) + Lanes::load(change + j)), 0);
  }
}

template <class Cell>
inline void gather(const Work& work, Cell* const* inputs, int n, float* h) {
  const Lane factor = Lanes::all(work.mean ? 1.0F / static_cast<float>(n) : 1.0F);
  for (std::int64_t j = 0; j < work.width; j += kLanes) {
    Lane sum = Lanes::load(inputs[0] + j);
    for (int i = 1; i < n; ++i) sum += Lanes::load(inputs[i] + j);
    Lanes::store(h + j, sum * factor);
  }
}

/// The row as floats: itself, or copied into `scratch`.
inline float* widened(const Work&, float* row, float*) { return row; }
inline float* widened(const Work& work, const Half* row, float* scratch) {
  for (std::int64_t j = 0; j < work.width; j += kLanes) Lanes::store(scratch + j, Lanes::load(row + j));
  return scratch;
}

/// Back into the row what widened() made of it.
inline void narrow(Work&, const float*, float*) {}
inline void narrow(Work& work, const float* floats, Half* row) {
  const Rounding<Half> rounding(work.dither.draw());
  for (std::int64_t j = 0; j < work.width; j += kLanes) rounding.store(row, j, Lanes::load(floats + j), 0);
}

/// One output after the other, h unchanged; `change` = Σ_k g_k·out_k.
template <class Cell>
inline void step_in_turn(Work& work, const float* h, Cell* const* outputs, const float* labels, int m, float* change) {
  clear(work, change);
  for (int k = 0; k < m; ++k) step<1>(work, &h, outputs + k, labels + k, 1, &change, &change, &change);
}

template <class Cell>
void pairs(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  static_assert(kGroup == 4);
  float *between[kGroup], *group[kGroup] = {};
  for (int i = 0; i < kGroup; ++i) between[i] = work.row(i);
  for (int i = 0; i < n;) {
    const int together = group_of(inputs + i, n - i);
    for (int c = 0; c < together; ++c) group[c] = widened(work, inputs[i + c], work.row(kGroup + c));
    switch (together) {
      case 1: step<1>(work, group, outputs, labels, m, group, group, between); break;
      case 2: step<2>(work, group, outputs, labels, m, group, group, between); break;
      case 3: step<3>(work, group, outputs, labels, m, group, group, between); break;
      default: step<4>(work, group, outputs, labels, m, group, group, between);
    }
    for (int c = 0; c < together; ++c) narrow(work, group[c], inputs[i + c]);
    i += together;
  }
}

template <class Cell>
void pairs_in_turn(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  for (int i = 0; i < n; ++i) {
    step_in_turn(work, widened(work, inputs[i], work.row(1)), outputs, labels, m, work.row(0));
    add(work, inputs[i], work.row(0));
  }
}

template <class Cell>
void bag(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  float *const h = work.row(2), *const change = work.row(0);
  gather(work, inputs, n, h);
  clear(work, change);
  step<1>(work, &h, outputs, labels, m, &change, &change, &change);
  for (int i = 0; i < n; ++i) add(work, inputs[i], change);
}

template <class Cell>
void bag_in_turn(Work& work, Cell* const* inputs, int n, Cell* const* outputs, const float* labels, int m) {
  gather(work, inputs, n, work.row(2));
  step_in_turn(work, work.row(2), outputs, labels, m, work.row(0));
  for (int i = 0; i < n; ++i) add(work, inputs[i], work.row(0));
}

template <class Cell>
constexpr Updates<Cell> updates() {
  return {pairs<Cell>, bag<Cell>, pairs_in_turn<Cell>, bag_in_turn<Cell>};
}

#undef ZOO_UNROLL
