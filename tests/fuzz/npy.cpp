// numpy's format, the words beside it too: up to the first zero byte they are the words' file.
#include "formats/npy.h"

#include "formats/vector_file.h"
#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  const auto end = std::min(content.find('\0'), content.size());
  zoo::fuzz_file("a.words.txt", content.substr(0, end));
  const auto path = zoo::fuzz_file("a.npy", content.substr(std::min(end + 1, content.size())));
  zoo::expect_answer_or_error([&] { static_cast<void>(zoo::to_floats(zoo::NpyFile(path).array())); });
  const auto table = zoo::read_vectors(path);
  if (table.size() > 0) static_cast<void>(table.row(table.size() - 1));
}
