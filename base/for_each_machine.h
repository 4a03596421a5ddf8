#pragma once

/// In front of a function: it is compiled for AVX-512, for AVX2 and for every processor, and the machine at hand
/// chooses at the program's start, by what it has and not by what it is called. The sanitizers (GCC names them by
/// macros, Clang by features) do not know how to choose one then, and compile it once.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ZOO_COMPILED_ONCE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ZOO_COMPILED_ONCE 1
#endif
#endif

#if defined(__x86_64__) && !defined(ZOO_COMPILED_ONCE)
#define ZOO_FOR_EACH_MACHINE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ZOO_FOR_EACH_MACHINE
#endif
