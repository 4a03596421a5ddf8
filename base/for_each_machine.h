#pragma once

/// In front of a function: it is compiled for AVX-512, for AVX2 and for every processor, and the machine at hand
/// chooses at the program's start, by what it has and not by what it is called. The sanitizers do not know how to
/// choose one then.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define ZOO_FOR_EACH_MACHINE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ZOO_FOR_EACH_MACHINE
#endif
