// Word vectors as text and as binary, fastText's .bin too: whatever the content is judged to be, and then each reader.
#include "formats/word2vec.h"

#include "formats/vector_file.h"
#include "tests/fuzz/fuzz.h"

namespace {

void use(const zoo::EmbeddingTable& table) {
  if (table.size() == 0) return;
  static_cast<void>(table.row(0));
  static_cast<void>(table.row(table.size() - 1));
  static_cast<void>(table.find(table.word(table.size() - 1)));
  static_cast<void>(table.unknown("unheard"));
}

}  // namespace

ZOO_FUZZ(content) {
  const auto path = zoo::fuzz_file("vectors", content);
  zoo::expect_answer_or_error([&] { use(zoo::read_word2vec_text(path)); });
  zoo::expect_answer_or_error([&] { use(zoo::read_word2vec_binary(path)); });
  zoo::expect_answer_or_error([&] { use(zoo::read_vectors(path)); });
}
