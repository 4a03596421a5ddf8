// Files that are written piece by piece because what they hold is not kept in memory.
#include "formats/hdf5.h"
#include "formats/npy.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::vector<float>& numbers) { return std::as_bytes(std::span(numbers)); }

TEST(NpyWriter, WritesRowsWhoseNumberIsKnownAtTheEnd) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.npy";
  {
    NpyWriter writer(path, DType::f32, {2, 3});
    writer.write(bytes_of({1, 2, 3, 4, 5, 6}));
    writer.write(bytes_of({}));
    writer.write(bytes_of({7, 8, 9, 10, 11, 12}));
    EXPECT_FALSE(fs::exists(path));
    writer.commit();
  }
  const NpyFile file(path);
  EXPECT_EQ(file.array().shape, (std::vector<std::int64_t>{2, 2, 3}));
  EXPECT_EQ(to_floats(file.array()), (std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(NpyWriter, WithoutCommitNothingIsThere) {
  const TemporaryFolder folder;
  { NpyWriter(folder.path() / "x.npy", DType::f32, {1}).write(bytes_of({1})); }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(NpyWriter, NoRowsAreAnArrayOfNoRows) {
  const TemporaryFolder folder;
  NpyWriter writer(folder.path() / "x.npy", DType::f32, {4});
  writer.commit();
  EXPECT_EQ(NpyFile(folder.path() / "x.npy").array().shape, (std::vector<std::int64_t>{0, 4}));
}

TEST(Hdf5Writer, WritesDatasetsOneByOneAndATextAsH5pyDoes) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.hdf5";
  {
    Hdf5Writer writer(path);
    const std::vector<float> numbers = {1, 2, 3, 4};
    writer.write({"0", {2, 2}, numbers});
    writer.write({"1", {3, 0, 2}, {}});
    writer.write_text("sentence_to_index", R"({"caf\u00e9 ü": "0"})");
    EXPECT_FALSE(fs::exists(path));
    EXPECT_THAT(error_of([&] { writer.write({"0", {4}, numbers}); }), HasSubstr("does the name stand twice"));
    EXPECT_THAT(error_of([&] { writer.write({"2", {5}, numbers}); }), HasSubstr("of shape (5) is given 4 numbers"));
    writer.commit();
  }
  const Hdf5File file(path);
  EXPECT_EQ(file.floats("0"), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(file.shape("1"), (std::vector<std::int64_t>{3, 0, 2}));
  EXPECT_TRUE(file.floats("1").empty());
  EXPECT_EQ(file.text("sentence_to_index"), R"({"caf\u00e9 ü": "0"})");
  EXPECT_THAT(error_of([&] { file.text("0"); }), HasSubstr("is no single text"));
}

TEST(Hdf5Writer, WithoutCommitNothingIsThere) {
  const TemporaryFolder folder;
  { Hdf5Writer(folder.path() / "x.hdf5").write({"0", {1}, std::vector<float>{1}}); }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Hdf5Writer, AFullDiskIsAnErrorThatNamesTheFile) {
  const SharedFolder folder;
  const std::vector<float> numbers(100'000);
  const auto said = error_in_child(files_of_at_most(100'000), [&] {
    Hdf5Writer writer(folder.path() / "x.hdf5");
    writer.write({"0", {100'000}, numbers});
    writer.commit();
  });
  EXPECT_THAT(said, HasSubstr("x.hdf5"));
  EXPECT_THAT(said, HasSubstr("is the disk full?"));
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace zoo
