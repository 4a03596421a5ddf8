#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace zoo {

/// Reads all links of a graph in hnswlib's format before hnswlib does, which believes what it reads: each must lead to
/// an element that is there, on a level that it has. Throws Error naming the file and what is wrong: another
/// dimension, more elements than `rows`, a label that is no row, a file cut short or too long. The number of its
/// elements: hnswlib would take memory for as many as the file says there may be.
std::size_t check_graph_file(const std::filesystem::path& path, std::int64_t dimension, std::int64_t rows);

}  // namespace zoo
