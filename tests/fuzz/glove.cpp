// GloVe's text.
#include "formats/word2vec.h"
#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  const auto table = zoo::read_glove(zoo::fuzz_file("glove.txt", content));
  if (table.size() > 0) static_cast<void>(table.row(table.size() - 1));
}
