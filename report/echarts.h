#pragma once

#include <string>

namespace zoo {

/// The chart library (npm `echarts`, Apache-2.0, pinned), fetched once and kept in the data folder. Empty, with a
/// warning, where it cannot be had: the page then draws plain charts.
std::string echarts_source();

}  // namespace zoo
