#include "models/layers/instructions.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace zoo {
namespace {

Instructions of_processor() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return Instructions::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Instructions::avx2;
#endif
  return Instructions::portable;
}

Instructions allowed() {
  const char* given = std::getenv("ZOO_INSTRUCTIONS");
  const std::string_view name = given == nullptr ? "" : given;
  if (name.empty() || name == "avx512") return Instructions::avx512;
  if (name == "avx2") return Instructions::avx2;
  if (name == "portable") return Instructions::portable;
  fail_usage("ZOO_INSTRUCTIONS: '{}' is none of portable, avx2 and avx512", name);
}

}  // namespace

Instructions instructions() {
  static const auto chosen = std::min(of_processor(), allowed());
  return chosen;
}

}  // namespace zoo
