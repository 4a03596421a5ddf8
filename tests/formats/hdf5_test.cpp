#include "formats/hdf5.h"

#include <fmt/format.h>

#include "base/files.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::HasSubstr;
using Shape = std::vector<std::int64_t>;

class Hdf5 : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_.path() / "a.hdf5"; }
  void write() const {
    write_hdf5(file(), std::vector<Hdf5Dataset>{
                           {"top", {2, 3}, numbers_}, {"group/below/one", {6}, numbers_}, {"empty", {0, 4}, {}}});
  }
  TemporaryFolder folder_;
  std::vector<float> numbers_ = {1, -2, 3.5F, 1e-30F, 5, 1e30F};
};

TEST_F(Hdf5, GivesBackWhatWasWrittenToTheBit) {
  write();
  const Hdf5File read(file());
  EXPECT_EQ(read.shape("top"), (Shape{2, 3}));
  EXPECT_EQ(read.floats("top"), numbers_);
  EXPECT_EQ(read.floats("group/below/one", Shape{6}), numbers_);
  EXPECT_EQ(read.floats("empty"), std::vector<float>());
  EXPECT_EQ(read.names(), (std::vector<std::string>{"empty", "group", "top"}));
  EXPECT_EQ(read.names("group"), std::vector<std::string>{"below"});
  EXPECT_TRUE(read.has("group/below/one"));
  EXPECT_FALSE(read.has("group/none/one"));
}

TEST_F(Hdf5, NamesWhatIsMissingOrMisshapen) {
  write();
  const Hdf5File read(file());
  EXPECT_THAT(error_of([&] { read.floats("none"); }),
              testing::AllOf(HasSubstr("a.hdf5: dataset 'none' is missing"), HasSubstr("empty, group, top")));
  EXPECT_THAT(error_of([&] { read.floats("group/none"); }), HasSubstr("'group' holds below"));
  EXPECT_THAT(error_of([&] { read.floats("group"); }), HasSubstr("'group' is none"));
  EXPECT_THAT(error_of([&] {
                read.floats("top", Shape{3, 2});
              }),
              HasSubstr("dataset 'top' has shape (2, 3), (3, 2) was expected"));
}

TEST_F(Hdf5, FilesThatAreNoneAreRefused) {
  EXPECT_THAT(error_of([&] { Hdf5File(folder_.path() / "none"); }), HasSubstr("none"));
  EXPECT_THAT(error_of([&] { Hdf5File(folder_.path()); }), HasSubstr(folder_.path().string()));
  write_file_atomically(file(), "text");
  EXPECT_THAT(error_of([&] { Hdf5File{file()}; }), HasSubstr("is no HDF5 file"));
  write();
  const auto whole = read_file(file());
  for (const auto bytes : {0UL, 20UL, 100UL, whole.size() - 1}) {
    write_file_atomically(file(), whole.substr(0, bytes));
    EXPECT_THAT(error_of([&] { Hdf5File(file()).floats("top"); }), HasSubstr("a.hdf5"));
  }
}

TEST_F(Hdf5, ClaimsThatNoFileCouldHoldAreRefusedBeforeMemoryIsTaken) {
  // Files that the HDF5 library wrote, with 2^40 and 2^60 numbers claimed in their headers; the first claims to store
  // them, too.
  for (const auto& given : {std::pair{"claims_2_to_40", "top"}, std::pair{"packed_claims_2_to_60", "z"}}) {
    const auto claim = fmt::format("{}/tests/data/formats/{}.hdf5", ZOO_SOURCE_DIR, given.first);
    const std::string dataset = given.second;
    ASSERT_TRUE(std::filesystem::exists(claim));
    EXPECT_THAT(error_of([&] { Hdf5File(claim).floats(dataset); }), HasSubstr(fmt::format("dataset '{}'", dataset)));
  }
}

TEST_F(Hdf5, RefusesToWriteWhatDoesNotFit) {
  EXPECT_THAT(error_of([&] {
                write_hdf5(file(), std::vector<Hdf5Dataset>{{"a", {7}, numbers_}});
              }),
              HasSubstr("'a' of shape (7) is given 6 numbers"));
  EXPECT_THAT(error_of([&] {
                write_hdf5(file(), std::vector<Hdf5Dataset>{{"a", {6}, numbers_}, {"a", {6}, numbers_}});
              }),
              HasSubstr("name stand twice"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "nothing half written stays";
}

}  // namespace
}  // namespace zoo
