// The programs with LibTorch allocate from mimalloc, and it works as is set here.
#include <mimalloc.h>

namespace {

/// Every training step allocates and frees the same large tensors, of other sizes where sentences have other lengths.
/// glibc maps and zeroes each anew or, told to keep them, fragments: its heap grew from validation to validation, 2.9
/// GB to 3.7 GB in half an hour of training a translator. mimalloc is told to keep freed
/// pages for ten seconds, in huge pages where the kernel grants them: what a step frees the next one takes. The same
/// translator's peak fell by a third in a minute's measurement; held for longer was a smaller one only, on lines of 1
/// to 60 words: 912.7 MB for 32 minutes (tests/faults/memory.py --models translator-lengths). MIMALLOC_LARGE_OS_PAGES
/// and MIMALLOC_DECOMMIT_DELAY in the environment go before.
[[maybe_unused]] const bool set = [] {
  mi_option_set_default(mi_option_large_os_pages, 1);
  mi_option_set_default(mi_option_decommit_delay, 10'000);  // milliseconds
  return true;
}();

}  // namespace
