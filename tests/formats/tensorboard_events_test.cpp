#include "formats/tensorboard_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/files.h"
#include "base/json.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

using testing::HasSubstr;

TEST(TensorboardEvents, TheChecksumIsCastagnolis) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);            // the check value of the CRC catalogue
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);  // RFC 3720, appendix B.4
}

TEST(TensorboardEvents, RecordsAreByteForByteThoseOfTensorboard) {
  using Scalars = std::vector<TensorboardEvents::Scalar>;
  const TemporaryFolder folder;
  TensorboardEvents events(folder.path());
  const auto before = read_file(events.file()).size();  // the version, which holds the time
  events.write(0, Scalars{{"train/loss", 5.25}, {"train/learning_rate", 0.0}}, 1.5);
  events.write(123456789012, Scalars{{"valid/perplexity", -1e9}}, 1700000000.125);
  events.write(300, Scalars{{"größe", 0.1}}, 1700000001.5);
  EXPECT_EQ(read_file(events.file()).substr(before),
            read_file(ZOO_SOURCE_DIR "/tests/data/formats/tensorboard.events"));
}

TEST(TensorboardEvents, AnIndependentReaderSeesTheScalars) {
  ZOO_NEED_PYTHON();
  const TemporaryFolder folder;
  TensorboardEvents events(folder.path() / "tensorboard");
  const std::vector<TensorboardEvents::Scalar> scalars = {{"train/loss", 5.25}, {"train/learning_rate", 0.0}};
  events.write(0, scalars, 1.5);
  events.write(123456789012, std::vector<TensorboardEvents::Scalar>{{"valid/perplexity", -1e9}});
  const auto result =
      run_process({test_python(), ZOO_SOURCE_DIR "/tests/parity/check_events.py", events.file().string()});
  ASSERT_EQ(result.exit_status, 0);
  std::istringstream lines(result.output);
  std::vector<Json> seen;
  for (std::string line; std::getline(lines, line);) seen.push_back(parse_json(line, "python"));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0]["file_version"], "brain.Event:2");
  EXPECT_EQ(seen[1], parse_json(R"({"wall_time": 1.5, "step": 0,
                                    "scalars": {"train/loss": 5.25, "train/learning_rate": 0.0}})",
                                "test"));
  EXPECT_EQ(seen[2]["step"], 123456789012);
  EXPECT_EQ(seen[2]["scalars"], parse_json(R"({"valid/perplexity": -1e9})", "test"));
  EXPECT_GT(seen[2]["wall_time"].get<double>(), 1.7e9);
}

TEST(TensorboardEvents, APlaceThatCannotBeWrittenIsNamed) {
  const TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "");
  EXPECT_THAT(error_of([&] { TensorboardEvents(folder.path() / "file" / "x"); }), HasSubstr("cannot make this folder"));
}

}  // namespace
}  // namespace zoo
