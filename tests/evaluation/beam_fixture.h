#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/json.h"
#include "tests/support/paths.h"
#include "tokenizers/tokenizer.h"

namespace zoo {

/// The fixture; nothing where the shared folder is not there.
inline Json beam_fixture() {
  const auto* given = std::getenv("ZOO_SHARED");
  const auto file =
      (given != nullptr ? std::filesystem::path(given) : std::filesystem::path(ZOO_SOURCE_DIR) / "../shared") /
      "fixtures/beam/fairseq_beam.json";
  return std::filesystem::exists(file) ? read_json(file) : Json();
}

#define ZOO_NEED_FIXTURE(name)                                                                   \
  const auto name = beam_fixture();                                                              \
  if (name.is_null()) {                                                                          \
    if (std::getenv("CI") != nullptr) GTEST_FAIL() << "no shared folder; name it by ZOO_SHARED"; \
    GTEST_SKIP() << "no shared folder; name it by ZOO_SHARED";                                   \
  }

inline TokenId id_of(const std::string& word) {
  if (word == "eos") return kEnd;
  if (word == "unk") return kUnknown;
  return static_cast<TokenId>(kSpecialTokens + std::stoi(word.substr(1)) - 1);  // w1, w2, …
}

}  // namespace zoo
