// The length of a row of floats.
#include "formats/row_length.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace zoo {
namespace {

float length_of(const std::vector<float>& row) {
  return row_length(reinterpret_cast<const std::byte*>(row.data()), static_cast<std::int64_t>(row.size()));
}

TEST(RowLength, IsTheEuclideanLengthWhateverTheDimensionAndThePlace) {
  for (std::size_t dimension = 0; dimension < 70; ++dimension) {
    std::vector<float> row;
    double squares = 0;
    for (std::size_t j = 0; j < dimension; ++j) {
      row.push_back(std::sin(static_cast<float>(j + 1)) * 3);
      squares += static_cast<double>(row[j]) * row[j];
    }
    std::vector<std::byte> bytes(dimension * sizeof(float) + 1);
    if (dimension > 0) std::memcpy(bytes.data() + 1, row.data(), dimension * sizeof(float));
    EXPECT_FLOAT_EQ(row_length(bytes.data() + 1, static_cast<std::int64_t>(dimension)), std::sqrt(squares));
  }
}

TEST(RowLength, HoldsWhereSquaresLeaveTheRangeOfFloats) {
  EXPECT_FLOAT_EQ(length_of(std::vector<float>(25, 1e30F)), 5e30F);
  EXPECT_FLOAT_EQ(length_of(std::vector<float>(25, 1e-30F)), 5e-30F);
}

TEST(RowLength, IsNotFiniteWhereANumberIsNot) {
  for (const std::size_t place : {0, 17, 36}) {
    std::vector<float> row(37, 1);
    row[place] = std::numeric_limits<float>::infinity();
    EXPECT_FALSE(std::isfinite(length_of(row)));
    row[place] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(std::isfinite(length_of(row)));
  }
}

}  // namespace
}  // namespace zoo
