#include "models/layers/softmax_tiles.h"

#include <algorithm>
#include <limits>

#include "models/layers/instructions.h"
#include "models/layers/lanes.h"

namespace zoo {
namespace {

using lanes::exponential;
using lanes::Floats;
using lanes::kLanes;

ZOO_INLINE void load(Floats& x, const float* from) { std::memcpy(&x, from, sizeof x); }
ZOO_INLINE void store(const Floats& x, float* to) { std::memcpy(to, &x, sizeof x); }

/// `kVectors` times sixteen columns that lie side by side, so that a word's whole cache lines are used at once.
template <int kVectors>
ZOO_INLINE void largest_of_block(const float* tile, std::int64_t words, std::int64_t rows, const float* bias,
                                 float* largest) {
  Floats most[kVectors], x;
  for (auto& m : most) m = Floats{} - std::numeric_limits<float>::infinity();
  for (std::int64_t v = 0; v < words; ++v) {
    for (int j = 0; j < kVectors; ++j) {
      load(x, tile + v * rows + j * kLanes);
      x += bias[v];
      most[j] = x > most[j] ? x : most[j];
    }
  }
  for (int j = 0; j < kVectors; ++j) store(most[j], largest + j * kLanes);
}

template <int kVectors>
ZOO_INLINE void exponentials_of_block(float* tile, std::int64_t words, std::int64_t rows, const float* bias,
                                      const float* reference, float* sum) {
  Floats shift[kVectors], total[kVectors], x;
  for (int j = 0; j < kVectors; ++j) {
    load(shift[j], reference + j * kLanes);
    total[j] = Floats{};
  }
  for (std::int64_t v = 0; v < words; ++v) {
    for (int j = 0; j < kVectors; ++j) {
      auto* place = tile + v * rows + j * kLanes;
      load(x, place);
      x = (x + bias[v]) - shift[j];
      exponential(x);
      total[j] += x;
      store(x, place);
    }
  }
  for (int j = 0; j < kVectors; ++j) store(total[j], sum + j * kLanes);
}

struct Tile {
  float* numbers;
  std::int64_t words, rows;
  const float *bias, *reference;
  float* result;
};

ZOO_INLINE void work(const Tile& t, bool exponentials) {
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= t.rows; i += 4 * kLanes) {
    if (exponentials) {
      exponentials_of_block<4>(t.numbers + i, t.words, t.rows, t.bias, t.reference + i, t.result + i);
    } else {
      largest_of_block<4>(t.numbers + i, t.words, t.rows, t.bias, t.result + i);
    }
  }
  for (; i < t.rows; i += kLanes) {
    if (exponentials) {
      exponentials_of_block<1>(t.numbers + i, t.words, t.rows, t.bias, t.reference + i, t.result + i);
    } else {
      largest_of_block<1>(t.numbers + i, t.words, t.rows, t.bias, t.result + i);
    }
  }
}

}  // namespace

void largest_of_columns(const float* tile, std::int64_t words, std::int64_t rows, const float* bias, float* largest) {
  on_processor<work>(Tile{const_cast<float*>(tile), words, rows, bias, nullptr, largest}, false);
}

void exponentials_of_columns(float* tile, std::int64_t words, std::int64_t rows, const float* bias,
                             const float* reference, float* sum) {
  on_processor<work>(Tile{tile, words, rows, bias, reference, sum}, true);
}

void turn_tile(const float* from, std::int64_t words, std::int64_t width, float* to, std::int64_t stride) {
  constexpr std::int64_t kBlock = 16;  // 16 words' lines of 64 bytes lie in the first cache together
  for (std::int64_t v = 0; v < words; v += kBlock) {
    const auto count = std::min(kBlock, words - v);
    for (std::int64_t k = 0; k < width; ++k) {
      const auto* source = from + v * width + k;
      auto* target = to + k * stride + v;
      if (count == kBlock) {
        for (std::int64_t i = 0; i < kBlock; ++i) target[i] = source[i * width];
      } else {
        for (std::int64_t i = 0; i < count; ++i) target[i] = source[i * width];
      }
    }
  }
}

}  // namespace zoo
