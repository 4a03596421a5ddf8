// zoo bench: what it says, not how fast this machine is.
#include <map>
#include <tuple>

#include "base/files.h"
#include "base/json.h"
#include "tests/support/command.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::HasSubstr;

/// What Linux says of the first core.
bool processor_has(const std::string& name) {
  const auto all = read_file("/proc/cpuinfo");
  const auto flags = all.find("flags");
  if (flags == std::string::npos) return false;
  return (all.substr(flags, all.find('\n', flags) - flags) + ' ').find(' ' + name + ' ') != std::string::npos;
}

TEST(BenchParallelism, CountsDependentStepsOfNetworksOfOneSize) {
  const auto result = run_zoo({"bench", "parallelism", "--lengths", "16,4,4", "--hidden-size", "32", "--layers", "3",
                               "--heads", "2", "--repeats", "1", "--threads", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto json = Json::parse(result.output);
  const auto lstm = json["parameters"]["lstm"].get<double>(), encoder = json["parameters"]["encoder"].get<double>();
  EXPECT_NEAR(lstm / encoder, 1, 0.02);
  std::map<std::tuple<std::string, int, std::string>, int> steps;
  for (const auto& row : json["rows"]) {
    EXPECT_GT(row["seconds"].get<double>(), 0);
    EXPECT_NEAR(row["tokens_per_second"].get<double>() * row["seconds"].get<double>(), row["length"].get<double>(),
                1e-6);
    steps[{row["network"], row["length"], row["direction"]}] = row["dependent_steps"];
  }
  ASSERT_EQ(steps.size(), 8u);
  EXPECT_EQ((steps[{"lstm", 4, "forward"}]), 4 + 3 - 1);
  EXPECT_EQ((steps[{"lstm", 16, "training"}]), 2 * (16 + 3 - 1));
  EXPECT_EQ((steps[{"encoder", 4, "forward"}]), 3);
  EXPECT_EQ((steps[{"encoder", 16, "training"}]), 6);
  EXPECT_TRUE(json["left_out"].empty());
}

TEST(BenchParallelism, LeavesOutWhatWouldTakeTooLong) {
  const auto result = run_zoo({"bench", "parallelism", "--lengths", "8,20000", "--hidden-size", "64", "--max-seconds",
                               "0.1", "--threads", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto json = Json::parse(result.output);
  EXPECT_FALSE(json["rows"].empty()) << "the first length is always measured";
  EXPECT_FALSE(json["left_out"].empty());
  EXPECT_LT(result.seconds, 60);
}

TEST(BenchParallelism, RefusesWhatCannotBe) {
  EXPECT_EQ(run_zoo({"bench", "parallelism", "--lengths", "0"}).status, 2);
  EXPECT_EQ(run_zoo({"bench", "parallelism", "--lengths", "x"}).status, 2);
  const auto heads = run_zoo({"bench", "parallelism", "--hidden-size", "30", "--heads", "4"});
  EXPECT_EQ(heads.status, 2);
  EXPECT_THAT(heads.errors, HasSubstr("--heads"));
}

TEST(BenchTraining, TellsSpeedAndMemoryOfEachKindOfModel) {
  const auto configs = std::filesystem::path(ZOO_SOURCE_DIR) / "models";
  for (const std::string model : {"nnlm", "elmo", "transformer"}) {
    const auto config = (configs / model / "configs/tiny.json").string();
    const auto result = run_zoo({"bench", model, "--config", config, "--vocabulary", "200", "--steps", "3",
                                 "--warmup-steps", "1", "--threads", "1", "--json"});
    ASSERT_EQ(result.status, 0) << model << ": " << result.errors;
    const auto json = Json::parse(result.output);
    EXPECT_EQ(json["model"], model);
    EXPECT_EQ(json["steps"], 3);
    EXPECT_NEAR(json["tokens_per_second"].get<double>() * json["seconds"].get<double>(),
                json["tokens_per_step"].get<double>() * 3, 1e-6 * json["tokens_per_step"].get<double>() * 3);
    EXPECT_GT(json["peak_memory_bytes"].get<double>(), 5e7) << "LibTorch alone has as much";
    EXPECT_GT(json["parameters"].get<double>(), 200);
  }
}

TEST(BenchTraining, MeasuresATranslatorOnTwoTexts) {
  const auto result =
      run_zoo({"bench", "transformer", "--architecture", "encoder-decoder", "--layers", "1", "--width", "16", "--heads",
               "2", "--vocabulary", "100", "--steps", "2", "--warmup-steps", "0", "--threads", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  EXPECT_GT(Json::parse(result.output)["tokens_per_second"].get<double>(), 0);
}

TEST(BenchTraining, TellsThePrecision) {
  for (const std::string precision : {"fp32", "bf16"}) {
    const auto result =
        run_zoo({"bench", "transformer", "--layers", "1", "--width", "16", "--heads", "2", "--vocabulary", "100",
                 "--steps", "2", "--threads", "1", "--precision", precision, "--json"});
    if (result.status == 2 && result.errors.find("AVX-512 BF16") != std::string::npos) continue;  // and says so
    ASSERT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(Json::parse(result.output)["precision"], precision);
  }
}

TEST(BenchTranslation, TranslatesAsManyTokensAsItIsAsked) {
  const auto run = std::filesystem::path(ZOO_SOURCE_DIR) / "tests/data/huggingface/marian";
  const TemporaryFolder folder;
  const auto imported = (folder.path() / "run").string();
  ASSERT_EQ(run_zoo({"import", "--format", "huggingface", run.string(), "--output", imported, "--quiet"}).status, 0);
  const auto bench = [&](const std::string& beam, const std::string& length) {
    return run_zoo({"bench", "translation", "--model", imported, "--batch-size", "3", "--source-length", "6",
                    "--target-length", length, "--beam", beam, "--seconds", "0.001", "--threads", "1", "--json"});
  };
  for (const std::string beam : {"1", "4"}) {
    const auto result = bench(beam, "5");
    ASSERT_EQ(result.status, 0) << result.errors;
    const auto json = Json::parse(result.output);
    EXPECT_LE(json["tokens"].get<int>(), 3 * 5);
    EXPECT_GE(json["tokens"].get<int>(), 3) << "an end at least";
    EXPECT_GE(json["translated"].get<int>(), 3);
    EXPECT_GE(json["tokens_per_second"].get<double>(), json["median_tokens_per_second"].get<double>());
    EXPECT_GT(json["peak_memory_bytes"].get<double>(), 5e7);
  }
  const auto long_one = bench("1", "60000");
  EXPECT_EQ(long_one.status, 2);
  EXPECT_THAT(long_one.errors, HasSubstr("--target-length"));
  const auto another =
      run_zoo({"bench", "translation", "--model", std::string(ZOO_SOURCE_DIR) + "/tests/data/runs/0.1.0/nnlm"});
  EXPECT_NE(another.status, 0);
  EXPECT_THAT(another.errors, HasSubstr("translat"));
  EXPECT_EQ(run_zoo({"bench", "translation"}).status, 2);
}

TEST(BenchLstm, TellsBothDirections) {
  const auto result = run_zoo({"bench", "lstm", "--projection", "8", "--cell", "40", "--steps", "3", "--rows", "2",
                               "--seconds", "0.01", "--threads", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto json = Json::parse(result.output);
  EXPECT_GT(json["forward_tokens_per_second"].get<double>(), 0);
  EXPECT_GT(json["training_tokens_per_second"].get<double>(), 0);
  EXPECT_EQ(json["precision"], "fp32");
  EXPECT_EQ(run_zoo({"bench", "lstm", "--cell", "0"}).status, 2);
  EXPECT_EQ(run_zoo({"bench", "lstm", "--precision", "int8"}).status, 2);
}

TEST(BenchNearest, TellsASearchBesideTheMemory) {
  const auto result = run_zoo({"bench", "nearest", "--rows", "3000", "--dim", "20", "--questions", "7", "--rounds", "8",
                               "--threads", "2", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto json = Json::parse(result.output);
  EXPECT_NEAR(json["question_bytes_per_second"].get<double>() * json["question_seconds"].get<double>(), 3000 * 20 * 4,
              1e-3);
  EXPECT_NEAR(json["of_memory_speed"].get<double>() * json["memory_bytes_per_second"].get<double>(),
              json["question_bytes_per_second"].get<double>(), 1e-3 * json["question_bytes_per_second"].get<double>());
  EXPECT_GT(json["seconds_each_together"].get<double>(), 0);
  EXPECT_EQ(json["threads"], 2);
  EXPECT_EQ(run_zoo({"bench", "nearest", "--rows", "0"}).status, 2);
  const auto huge = run_zoo({"bench", "nearest", "--rows", "1000000000", "--dim", "60000"});
  EXPECT_EQ(huge.status, 2);
  EXPECT_THAT(huge.errors, HasSubstr("--rows 1000000000 --dim 60000: need"));
}

TEST(BenchProducts, TellsWhatTheProcessorHasInstructionsFor) {
  const auto result = run_zoo({"bench", "products", "--seconds", "0.01", "--rounds", "1", "--threads", "1", "--json"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto json = Json::parse(result.output);
  EXPECT_EQ(json["threads"], 1);
  const bool has_fma = processor_has("fma");
  EXPECT_EQ(json["fp32_gflops"].is_number(), has_fma);
  EXPECT_EQ(json["fp32_of_256_bits_gflops"].is_number(), has_fma);
  EXPECT_EQ(json["bf16_gflops"].is_number(), processor_has("avx512_bf16"));
  if (has_fma) {
    EXPECT_GT(json["fp32_gflops"].get<double>(), 1);
  }
}

TEST(BenchTraining, RefusesWhatItCannotMeasure) {
  const auto counted = run_zoo({"bench", "ngram"});
  EXPECT_EQ(counted.status, 2);
  EXPECT_THAT(counted.errors, HasSubstr("not trained by gradient"));
  const auto unknown = run_zoo({"bench", "nnml"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("nnlm"));
  EXPECT_EQ(run_zoo({"bench", "nnlm", "--config", "missing.json"}).status, 1);
}

}  // namespace
}  // namespace zoo
