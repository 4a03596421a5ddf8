#pragma once

#include <string>
#include <string_view>

#include "base/fields.h"

namespace zoo {

/// Of what numbers the products of inference are; their sums, and all that stands between two products, are float32.
///   fp32   float32
///   bf16   weights and what they meet rounded to bfloat16
///   int8   each row of weights in steps of a 127th of its largest one; so each row of what they meet
enum class Precision { fp32, bf16, int8 };

inline constexpr const char* kPrecisionHelp =
    "of what numbers products are: bf16 and int8 round weights, and are faster where the processor multiplies them "
    "itself (AVX-512 BF16, VNNI)";

/// `task`: what stands before the help.
inline void precision_field(Fields& field, std::string& precision, const std::string& task = "") {
  field("precision", precision, task + kPrecisionHelp).choices({"fp32", "bf16", "int8"});
}

/// By its name as options have it.
inline Precision precision_named(std::string_view name) {
  return name == "int8" ? Precision::int8 : name == "bf16" ? Precision::bf16 : Precision::fp32;
}

}  // namespace zoo
