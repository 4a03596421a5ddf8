#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/files.h"
#include "base/random.h"
#include "formats/npy.h"
#include "tests/support/command.h"

namespace zoo {

/// Tiny models of each kind and a small text, for commands that read words in their sentences.
class EmbedCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    setenv("ZOO_CACHE", path("cache").c_str(), 1);
    Random random(3);
    std::ofstream text(path("train.txt"));
    const std::vector<std::string> words = {"the", "play", "was", "long", "they", "cards", "at", "bank", "river", "of"};
    for (int line = 0; line < 400; ++line) {
      for (int word = 0; word < 6; ++word) text << words[(line + word + random.below(3)) % words.size()] << " ";
      text << (line % 10 == 9 ? ".\n\n" : ".\n");
    }
    text.close();
    std::ofstream(path("in.txt")) << "the play was long .\n\nthe bank of the river\n"
                                  << std::string(10'000, 'z') << " play\n";
  }
  static void TearDownTestSuite() {
    folder_.reset();
    unsetenv("ZOO_CACHE");
  }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }
  /// A run folder, trained for a few steps when it is first asked for.
  static std::string run(const std::string& name) {
    static const std::map<std::string, std::vector<std::string>> kinds = {
        {"elmo",
         {"elmo", "--character-dim", "4", "--filter-widths", "1,2", "--filter-counts", "4,6", "--max-characters", "12",
          "--projection", "8", "--cell", "12", "--length", "8", "--dropout", "0"}},
        {"masked",
         {"transformer", "--architecture", "encoder", "--layers", "1", "--width", "8", "--heads", "2", "--context",
          "12", "--warmup", "5", "--dropout", "0"}},
        {"nnlm", {"nnlm", "--order", "3", "--embedding", "6", "--hidden", "8"}}};
    if (std::filesystem::exists(path(name))) return path(name);
    std::vector<std::string> command = {"train"};
    command.insert(command.end(), kinds.at(name).begin(), kinds.at(name).end());
    command.insert(command.end(), {"--input", path("train.txt"), "--output", path(name), "--min-count", "1",
                                   "--threads", "1", "--quiet", "--batch-size", "8", "--max-steps", "12"});
    const auto result = run_zoo(command);
    EXPECT_EQ(result.status, 0) << result.errors;
    return path(name);
  }

  static CommandResult embed(const std::string& name, const std::string& output, std::vector<std::string> more = {}) {
    std::vector<std::string> command = {"embed",    "--model",    run(name),   "--input", path("in.txt"),
                                        "--output", path(output), "--threads", "1",       "--quiet"};
    command.insert(command.end(), more.begin(), more.end());
    return run_zoo(command);
  }
  static std::vector<float> vectors(const std::string& name, std::vector<std::string> more) {
    const auto result = embed(name, "x.npy", std::move(more));
    EXPECT_EQ(result.status, 0) << result.errors;
    return to_floats(NpyFile(path("x.npy")).array());
  }
  static double difference(const std::vector<float>& a, const std::vector<float>& b) {
    EXPECT_EQ(a.size(), b.size());
    double most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(double{a[i]} - b[i]));
    return most;
  }

  inline static std::unique_ptr<TemporaryFolder> folder_;
};

}  // namespace zoo
