#include "formats/row_length.h"

#include <cmath>
#include <cstring>

#include "base/for_each_machine.h"

namespace zoo {

ZOO_FOR_EACH_MACHINE
float row_length(const std::byte* row, std::int64_t dimension) {
  typedef float Floats __attribute__((vector_size(32)));
  typedef double Doubles __attribute__((vector_size(64)));
  Doubles sums[2] = {};  // two, so that additions need not wait for each other
  std::int64_t j = 0;
  for (; j + 16 <= dimension; j += 16) {
    Floats floats[2];
    std::memcpy(floats, row + j * 4, sizeof floats);
    for (int k = 0; k < 2; ++k) {
      const Doubles wide = __builtin_convertvector(floats[k], Doubles);
      sums[k] += wide * wide;
    }
  }
  typedef double Four __attribute__((vector_size(32)));
  const Doubles both = sums[0] + sums[1];
  Four halves[2];
  std::memcpy(halves, &both, sizeof both);
  const Four four = halves[0] + halves[1];
  double squares = (four[0] + four[2]) + (four[1] + four[3]);
  for (; j < dimension; ++j) {
    float value;
    std::memcpy(&value, row + j * 4, sizeof value);
    squares += static_cast<double>(value) * value;
  }
  return static_cast<float>(std::sqrt(squares));
}

}  // namespace zoo
