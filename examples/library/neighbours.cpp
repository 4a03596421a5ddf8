// neighbours RUN-OR-FILE WORD: the nearest words, from a run folder or a vector file of any format, without LibTorch.
#include <fmt/format.h>
#include <vectors/neighbours.h>
#include <vectors/open_vectors.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    const zoo::NeighbourSearch search(zoo::open_vectors(argv[1]));
    const auto word = search.find(argv[2]);
    if (!word) throw std::runtime_error(search.unknown_word(argv[2]));
    for (const auto& [row, cosine] : search.nearest(*word, 5)) {
      fmt::print("{:.4f} {}\n", cosine, search.table().word(row));
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
