// An n-gram model in the ARPA format, all sections.
#include "formats/arpa.h"

#include "tests/fuzz/fuzz.h"

ZOO_FUZZ(content) {
  zoo::ArpaFile file(zoo::fuzz_file("a.arpa", content));
  for (int n = 1; n <= file.order(); ++n) {
    file.read_section([&](const zoo::ArpaNgram& ngram) {
      if (static_cast<int>(ngram.words.size()) != n) __builtin_trap();
    });
  }
}
