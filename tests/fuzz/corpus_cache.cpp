// A corpus file. Its header carries a check number, which is put right here: else nothing behind it is ever reached.
#include <cstring>

#include "base/hash.h"
#include "data/corpus.h"
#include "data/corpus_file.h"
#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  std::string file(content);
  if (file.size() >= sizeof(zoo::CorpusHeader)) {
    const auto check = zoo::quick_hash(std::string_view(file).substr(0, offsetof(zoo::CorpusHeader, check)));
    std::memcpy(file.data() + offsetof(zoo::CorpusHeader, check), &check, sizeof check);
  }
  const auto corpus = zoo::Corpus::open(zoo::fuzz_file("corpus", file));
  std::uint64_t sum = 0;
  for (std::size_t line = 0; line + 1 < corpus.lines().size(); ++line) {
    for (auto at = corpus.lines()[line]; at < corpus.lines()[line + 1]; ++at) {
      sum += corpus.counts()[static_cast<std::size_t>(corpus.ids()[at])];
    }
  }
  zoo::keep(sum + corpus.documents().back());
}
