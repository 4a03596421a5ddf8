#pragma once

#include "models/word2vec/kernels/kernel.h"

namespace zoo::word2vec {

const Kernel& portable_kernel();  ///< 4 lanes, any machine
const Kernel& avx2_kernel();      ///< 8 lanes; needs AVX2 and FMA
const Kernel& avx512_kernel();    ///< 16 lanes; needs AVX-512 F and DQ

}  // namespace zoo::word2vec
