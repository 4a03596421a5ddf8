#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/random.h"
#include "tests/support/command.h"

namespace zoo {

/// Commands around a Transformer on texts of a few words.
class TransformerCommands : public testing::Test {
 protected:
  void SetUp() override { ::setenv("ZOO_CACHE", (folder_.path() / "cache").c_str(), 1); }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  /// Lines of two to five words out of a … h; `upper` writes the same words in capitals: a language of its own.
  std::string write_text(const std::string& name, bool upper) const {
    Random random(1);
    std::ofstream out(path(name));
    for (int line = 0; line < 600; ++line) {
      for (auto words = 2 + random.below(4); words > 0; --words) {
        out << static_cast<char>((upper ? 'A' : 'a') + random.below(8)) << (words > 1 ? " " : "\n");
      }
      if (line % 10 == 9) out << "\n";
    }
    return path(name);
  }

  CommandResult train(const std::string& run, std::vector<std::string> more) const {
    std::vector<std::string> words = {"train",   "transformer", "--output", path(run),         "--threads", "1",
                                      "--quiet", "--layers",    "1",        "--width",         "16",        "--heads",
                                      "2",       "--context",   "16",       "--dropout",       "0",         "--warmup",
                                      "10",      "--log-every", "10",       "--learning-rate", "0.01"};
    words.insert(words.end(), more.begin(), more.end());
    return run_zoo(words);
  }
  CommandResult train_translation(const std::string& run, const std::string& steps) const {
    return train(run, {"--architecture", "encoder-decoder", "--source", write_text("a.txt", false), "--target",
                       write_text("b.txt", true), "--batch-size", "32", "--epochs", "40", "--max-steps", steps});
  }

  TemporaryFolder folder_;
};

}  // namespace zoo
