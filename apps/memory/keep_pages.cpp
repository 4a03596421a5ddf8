// The programs with LibTorch allocate from mimalloc, and it works as is set here.
#include <mimalloc.h>

#include <cstdlib>

#include "base/freed_memory.h"

namespace {

/// Every training step allocates and frees the same large tensors, of other sizes where sentences have other lengths.
/// glibc maps and zeroes each anew or, told to keep them, fragments: its heap grew from validation to validation, 2.9
/// GB to 3.7 GB in half an hour of training a translator. mimalloc is told to keep freed pages for ten seconds, in huge
/// pages where the kernel grants them: what a step frees the next one takes. The same translator's peak fell by a third
/// in a minute's measurement; held for longer was a smaller one only, on lines of 1 to 60 words: 912.7 MB for 32
/// minutes (tests/faults/memory.py --models translator-lengths). While a text is counted and encoded, and in Word2Vec,
/// whose steps allocate nothing, what is freed goes back at once: 135 MB of anonymous memory where 209 MB stayed
/// (70,000 words, dim 100; 59 MB are the vectors, 59 MB a training of a few words has). MIMALLOC_LARGE_OS_PAGES and
/// MIMALLOC_DECOMMIT_DELAY in the environment go before.
void keep(bool pages) {
  if (std::getenv("MIMALLOC_LARGE_OS_PAGES") == nullptr) mi_option_set(mi_option_large_os_pages, pages ? 1 : 0);
  if (std::getenv("MIMALLOC_DECOMMIT_DELAY") == nullptr) {
    mi_option_set(mi_option_decommit_delay, pages ? 10'000 : 0);  // milliseconds
  }
}

/// Every program begins so.
[[maybe_unused]] const bool set = [] {
  zoo::set_memory_keeper(keep);
  keep(true);
  return true;
}();

}  // namespace
