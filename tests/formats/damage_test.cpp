#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "formats/safetensors.h"
#include "formats/vector_file.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

/// Reads the file after each of many small damages: it must be taken or refused by an Error, nothing else.
template <class Read>
void expect_no_crash(const fs::path& original, Read&& read) {
  const auto whole = read_file(original);
  const TemporaryFolder folder;
  const auto file = folder.path() / original.filename();
  const auto words = fs::path(original).replace_extension(".words.txt");
  if (fs::exists(words)) fs::copy(words, folder.path() / words.filename());
  Random random(11);
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    auto content = whole;
    if (round % 3 == 0) {
      content.resize(random.below(content.size()));
    } else {  // most damage goes to the front, where the headers are
      const auto reach = round % 2 == 0 ? content.size() : std::min<std::size_t>(content.size(), 100);
      for (std::uint64_t k = random.below(3) + 1; k > 0; --k) {
        content[random.below(reach)] = static_cast<char>(random.below(256));
      }
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
    try {
      read(file);
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0) << original;
}

TEST(Damage, NoFileOfVectorsHoweverDamagedDoesMoreThanRaiseAnError) {
  set_quiet(true);
  for (const char* name :
       {"gensim.bin", "gensim.txt", "gensim.npy", "odd_spaces.glove.txt", "fasttext.bin", "fasttext_labels.bin"}) {
    expect_no_crash(fs::path(ZOO_SOURCE_DIR "/tests/data/vectors") / name,
                    [](const fs::path& file) { read_vectors(file).norms(); });
  }
  const TemporaryFolder folder;
  write_vectors_safetensors(folder.path() / "own.safetensors",
                            read_vectors(ZOO_SOURCE_DIR "/tests/data/vectors/gensim.bin"));
  expect_no_crash(folder.path() / "own.safetensors", [](const fs::path& file) { read_vectors(file).norms(); });
  set_quiet(false);
}

TEST(Damage, NoSafetensorsFileHoweverDamagedDoesMoreThanRaiseAnError) {
  expect_no_crash(ZOO_SOURCE_DIR "/tests/data/formats/python.safetensors", [](const fs::path& file) {
    const SafetensorsFile opened(file);
    std::size_t sum = 0;
    for (const auto& tensor : opened.tensors()) {
      for (const auto byte : tensor.bytes) sum += static_cast<std::size_t>(byte);
    }
    EXPECT_GE(sum, 0U);
  });
}

}  // namespace
}  // namespace zoo
