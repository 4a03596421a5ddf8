#include "data/packages.h"

#include <cstdlib>

#include "base/files.h"
#include "base/hash.h"
#include "data/package_clients.h"
#include "tests/support/archives.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// A data folder of its own, and an npm that is a script of ours: no network.
struct PackagesTest : testing::Test {
  TemporaryFolder folder;
  std::filesystem::path made = folder.path() / "made.tgz", npm = folder.path() / "npm";
  Package package{Package::Client::npm, "thing", "1.2.3", "thing-1.2.3.tgz", ""};

  PackagesTest() {
    ::setenv("ZOO_DATA", (folder.path() / "data").c_str(), 1);
    ::setenv("ZOO_NPM", npm.c_str(), 1);
    make_archive(made, MadeArchive::tgz, {{"package/dist/thing.js", "thing()"}});
    package.sha256 = sha256_of_file(made);
    set_npm("[ \"$1 $2 $3\" = \"pack thing@1.2.3 --pack-destination\" ] && cp " + made.string() +
            " \"$4/thing-1.2.3.tgz\" && echo thing-1.2.3.tgz");
  }
  ~PackagesTest() override {
    ::unsetenv("ZOO_DATA");
    ::unsetenv("ZOO_NPM");
  }
  void set_npm(const std::string& line) {
    write_file_atomically(npm, "#!/bin/sh\n" + line + "\n");
    std::filesystem::permissions(npm, std::filesystem::perms::owner_all);
  }
};

TEST_F(PackagesTest, AFileOfAPackageIsFetchedOnceAndThenTakenFromTheFolder) {
  const auto file = fetch_package_file(package, "package/dist/thing.js");
  EXPECT_EQ(read_file(file), "thing()");
  set_npm("exit 7");
  EXPECT_EQ(fetch_package_file(package, "package/dist/thing.js"), file);
  EXPECT_EQ(fetch_package(package), data_folder() / "packages" / "thing-1.2.3.tgz");
  EXPECT_THAT(error_of([&] { fetch_package_file(package, "package/no"); }), HasSubstr("holds no package/no"));
}

TEST_F(PackagesTest, AnotherChecksumIsRefusedAndBothAreSaid) {
  const auto right = package.sha256;
  package.sha256 = std::string(64, '0');
  EXPECT_THAT(error_of([&] { fetch_package(package); }), AllOf(HasSubstr(right), HasSubstr(package.sha256)));
  EXPECT_FALSE(std::filesystem::exists(data_folder() / "packages" / package.file));
}

TEST_F(PackagesTest, AClientThatFailsSaysHowToGiveTheFileByHand) {
  set_npm("exit 7");
  EXPECT_THAT(error_of([&] { fetch_package(package); }),
              AllOf(HasSubstr("exit status 7"), HasSubstr("put it into"), HasSubstr("thing-1.2.3.tgz")));
  ::setenv("ZOO_NPM", "/nowhere/npm", 1);
  EXPECT_THAT(error_of([&] { fetch_package(package); }), HasSubstr("ZOO_NPM=/nowhere/npm"));
}

TEST_F(PackagesTest, ADamagedFileInTheFolderIsFetchedAgain) {
  const auto file = fetch_package(package);
  write_file_atomically(file, "damaged");
  EXPECT_EQ(sha256_of_file(fetch_package(package)), package.sha256);
}

TEST_F(PackagesTest, PipIsToldTheWheelsTagsSoThatEveryMachineGetsTheSameFile) {
  ::setenv("ZOO_PIP", npm.c_str(), 1);
  const Package wheel{Package::Client::pip, "thing", "2.0", "thing-2.0-cp311-cp311-linux_a.linux_b.whl", ""};
  EXPECT_THAT(download_command(wheel, "/into"),
              ElementsAre(npm.string(), "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                          "--only-binary=:all:", "--dest", "/into", "--implementation", "cp", "--python-version",
                          "3.11", "--abi", "cp311", "--platform", "linux_a", "--platform", "linux_b", "thing==2.0"));
  const Package pure{Package::Client::pip, "thing", "2.0", "thing-2.0-py3-none-any.whl", ""};
  EXPECT_THAT(download_command(pure, "/into"),
              ElementsAre(npm.string(), "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                          "--only-binary=:all:", "--dest", "/into", "thing==2.0"));
  ::unsetenv("ZOO_PIP");
}

}  // namespace
}  // namespace zoo
