#pragma once

#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {

/// How many of `n` ≥ 1 input rows meet the outputs together: up to kGroup, as long as none comes twice. Each variant
/// has its own, compiled for its machine.
template <class Cell>
static int group_of(const Cell* const* inputs, int n) {
  int together = 1;
  for (; together < n && together < kGroup; ++together) {
    for (int i = 0; i < together; ++i) {
      if (inputs[i] == inputs[together]) return together;
    }
  }
  return together;
}

const Kernel& portable_kernel();  ///< 4 lanes, any machine
const Kernel& avx2_kernel();      ///< 8 lanes; needs AVX2, FMA and F16C
const Kernel& avx512_kernel();    ///< 16 lanes; needs AVX-512 F and DQ

}  // namespace zoo::word2vec
