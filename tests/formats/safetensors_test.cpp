#include "formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/python.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <class T>
TensorView view_of(std::string name, DType dtype, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(values))};
}

class Safetensors : public testing::Test {
 protected:
  /// Writes `header` and `data` with whatever length is claimed.
  std::string open_error(const std::string& header, const std::string& data, std::optional<std::uint64_t> claim = {}) {
    const std::uint64_t length = claim.value_or(header.size());
    std::string text(reinterpret_cast<const char*>(&length), sizeof length);
    write_file_atomically(file_, text + header + data);
    return error_of([&] { SafetensorsFile{file_}; });
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "model.safetensors";
};

TEST_F(Safetensors, WhatIsWrittenIsReadBack) {
  const std::vector<float> weight = {1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> steps = {1LL << 40};
  const std::vector<std::uint8_t> flags = {7, 8, 9};
  const std::vector<TensorView> tensors = {view_of("flags", DType::u8, {3}, flags),
                                           view_of("weight", DType::f32, {2, 3}, weight),
                                           view_of("steps", DType::i64, {}, steps)};
  write_safetensors(file_, tensors, {{"what", "a \"test\"\n✓"}});
  const SafetensorsFile read(file_);
  EXPECT_EQ(read.metadata().at("what"), "a \"test\"\n✓");
  ASSERT_EQ(read.tensors().size(), 3U);
  EXPECT_EQ(to_floats(read.at("weight")), weight);
  EXPECT_THAT(read.at("weight").shape, ElementsAre(2, 3));
  EXPECT_TRUE(read.at("steps").shape.empty());
  EXPECT_EQ(read.at("steps").elements(), 1);
  EXPECT_EQ(static_cast<int>(read.at("flags").bytes[2]), 9);
  for (const auto& tensor : read.tensors()) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % dtype_size(tensor.dtype), 0U) << tensor.name;
  }
  EXPECT_EQ(read.find("none"), nullptr);
  EXPECT_THAT(error_of([&] { read.at("none"); }), HasSubstr("steps, weight, flags"));
}

TEST_F(Safetensors, AFileOfPythonsPackageIsReadInEveryType) {
  const SafetensorsFile read(ZOO_SOURCE_DIR "/tests/data/formats/python.safetensors");
  EXPECT_THAT(read.metadata().at("made_by"), HasSubstr("safetensors"));
  const std::vector<float> values = {0.0F, 1.0F, -2.5F, 0.0999755859375F, 65504.0F, 0x1.0p-14F};
  for (const char* name : {"double", "float", "half"}) EXPECT_EQ(to_floats(read.at(name)), values) << name;
  const auto brain = to_floats(read.at("brain"));  // 8 bits of precision, cut off
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(brain[i], values[i], std::abs(values[i]) / 128);
  for (const char* name : {"long", "int", "short", "byte", "unsigned", "truth"}) {
    EXPECT_EQ(read.at(name).elements(), 6) << name;
    EXPECT_THAT(read.at(name).shape, ElementsAre(2, 3)) << name;
    EXPECT_THAT(error_of([&] { to_floats(read.at(name)); }), HasSubstr(name));
  }
  EXPECT_EQ(static_cast<int>(read.at("byte").bytes[5]), 128);  // -128
  EXPECT_EQ(to_floats(read.at("scalar")), std::vector<float>{7});
  EXPECT_THAT(read.at("empty").shape, ElementsAre(0, 5));
}

TEST_F(Safetensors, PythonsPackageReadsOurs) {
  ZOO_NEED_PYTHON();
  const std::vector<float> weight = {1, 2, 3, 4, 5, -0.5};
  const std::vector<std::int32_t> ids = {-1, 2};
  const std::vector<TensorView> tensors = {view_of("ids", DType::i32, {2}, ids),
                                           view_of("weight", DType::f32, {3, 2}, weight)};
  write_safetensors(file_, tensors, {{"a", "b"}});
  const auto result = run_process({test_python(), ZOO_SOURCE_DIR "/tests/parity/check_safetensors.py", file_.string()});
  ASSERT_EQ(result.exit_status, 0);
  EXPECT_EQ(parse_json(result.output, "python"), parse_json(R"({"metadata": {"a": "b"}, "tensors": {
      "ids": {"dtype": "int32", "shape": [2], "values": [-1, 2]},
      "weight": {"dtype": "float32", "shape": [3, 2], "values": [1.0, 2.0, 3.0, 4.0, 5.0, -0.5]}}})",
                                                            "test"));
}

TEST_F(Safetensors, AHeaderThatLiesIsRefusedBeforeMemoryIsAskedFor) {
  const std::string data(8, '\0');
  EXPECT_THAT(open_error("{}", "", 1ULL << 60), HasSubstr("cut short or no safetensors"));
  EXPECT_THAT(open_error("{}", data, 100), HasSubstr("cut short"));
  EXPECT_THAT(open_error("{", data), HasSubstr("no JSON"));
  EXPECT_THAT(open_error("[1]", data), HasSubstr("no JSON object"));
  const auto one = [](const char* dtype, const char* shape, const char* offsets) {
    return fmt::format(R"({{"w":{{"dtype":"{}","shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
  };
  EXPECT_THAT(open_error(one("F32", "[2]", "[0,16]"), data), HasSubstr("cut short"));
  EXPECT_THAT(open_error(one("F32", "[2]", "[8,0]"), data), HasSubstr("claims bytes"));
  EXPECT_THAT(open_error(one("F32", "[3]", "[0,8]"), data), HasSubstr("does not fit"));
  EXPECT_THAT(open_error(one("F32", "[1152921504606846976, 16]", "[0,8]"), data), HasSubstr("does not fit"));
  EXPECT_THAT(open_error(one("F32", "[4611686018427387905, 4]", "[0,8]"), data), HasSubstr("does not fit"));
  EXPECT_THAT(open_error(one("F32", "[-2]", "[0,8]"), data), HasSubstr("no whole numbers"));
  EXPECT_THAT(open_error(one("F32", "[1e30]", "[0,8]"), data), HasSubstr("no whole numbers"));
  EXPECT_THAT(open_error(one("F32", "2", "[0,8]"), data), HasSubstr("no whole numbers"));
  EXPECT_THAT(open_error(one("F32", "[2]", "[0,8,9]"), data), HasSubstr("no whole numbers"));
  EXPECT_THAT(open_error(one("F99", "[2]", "[0,8]"), data), HasSubstr("F99"));
  EXPECT_THAT(open_error(R"({"w":3})", data), HasSubstr("dtype"));
  EXPECT_THAT(open_error(one("F32", "[1]", "[0,4]"), data), HasSubstr("belong to no tensor"));
  EXPECT_THAT(open_error(one("F32", "[1]", "[4,8]"), data), HasSubstr("hole"));
  EXPECT_THAT(open_error(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
                             "b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                         data),
              HasSubstr("overlaps"));
  EXPECT_THAT(open_error(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                             "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                         data),
              HasSubstr("twice"));
  EXPECT_THAT(open_error(R"({"__metadata__":{"a":3}})", ""), HasSubstr("__metadata__"));
  EXPECT_THAT(open_error(R"({"__metadata__":"x"})", ""), HasSubstr("__metadata__"));
  write_file_atomically(file_, "");
  EXPECT_THAT(error_of([&] { SafetensorsFile{file_}; }), HasSubstr("too few"));
  EXPECT_THAT(error_of([&] { SafetensorsFile{folder_.path()}; }), HasSubstr("folder"));
  EXPECT_THAT(error_of([&] { SafetensorsFile{folder_.path() / "none"}; }), HasSubstr("No such file"));
}

TEST_F(Safetensors, ATensorGivenInPiecesIsTheSameFile) {
  const std::vector<float> weight = {1, 2, 3, 4, 5, -0.5};
  const auto whole = std::as_bytes(std::span(weight));
  const std::vector<TensorView> at_once = {view_of("weight", DType::f32, {3, 2}, weight)};
  write_safetensors(file_, at_once, {{"a", "b"}});
  const auto expected = read_file(file_);
  const auto written = [&](std::size_t bytes) {
    const std::vector<TensorPieces> pieces = {{"weight", DType::f32, {3, 2}, [&](const TensorPieces::Take& take) {
                                                 take(whole.first(8));
                                                 take(whole.subspan(8, bytes - 8));
                                               }}};
    write_safetensors(file_, pieces, {{"a", "b"}});
  };
  written(whole.size());
  EXPECT_EQ(read_file(file_), expected);
  EXPECT_THAT(error_of([&] { written(16); }), HasSubstr("'weight': shape [3, 2] of F32 does not fit its 16 bytes"));
  EXPECT_EQ(read_file(file_), expected) << "what was there stays";
}

TEST_F(Safetensors, WritingRefusesDoubledNamesAndMisshapenBytes) {
  const std::vector<float> weight = {1, 2};
  const std::vector<TensorView> doubled = {view_of("w", DType::f32, {2}, weight),
                                           view_of("w", DType::f32, {2}, weight)};
  EXPECT_THAT(error_of([&] { write_safetensors(file_, doubled); }), HasSubstr("'w' is taken"));
  const std::vector<TensorView> misshapen = {view_of("w", DType::f32, {3}, weight)};
  EXPECT_THAT(error_of([&] { write_safetensors(file_, misshapen); }), HasSubstr("does not fit"));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

}  // namespace
}  // namespace zoo
