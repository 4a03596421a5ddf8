#include "base/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "base/json.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), {}));
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "file";
};

TEST_F(Files, AnAtomicFileAppearsOnlyWhenItIsWhole) {
  {
    AtomicFile file(file_);
    file.write("half");
    EXPECT_FALSE(fs::exists(file_));
  }
  EXPECT_EQ(entries(), 0U);  // dropped: nothing remains
  AtomicFile file(file_);
  file.write("0000 whole");
  file.write(std::string(3 << 20, 'x'));
  file.write_at(0, "1234", 4);
  EXPECT_EQ(file.position(), (3U << 20) + 10);
  file.commit();
  EXPECT_EQ(entries(), 1U);
  const auto content = read_file(file_);
  EXPECT_EQ(content.substr(0, 12), "1234 wholexx");
  EXPECT_EQ(content.size(), (3U << 20) + 10);
}

TEST_F(Files, AFullDiskLeavesTheOldFileAndNothingElse) {
  write_file_atomically(file_, "old");
  for (const std::size_t size : {std::size_t{5000}, std::size_t{3} << 20}) {
    EXPECT_THAT(error_in_child(files_of_at_most(4096), [&] { write_file_atomically(file_, std::string(size, 'x')); }),
                AllOf(HasSubstr(file_.string()), HasSubstr("cannot write"), HasSubstr("free some space")));
  }
  EXPECT_EQ(read_file(file_), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, ADeviceOrAPipeIsWrittenToAndStaysWhatItIs) {
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = read_file(file_); });
  write_file_atomically(file_, "through the pipe");
  reader.join();
  EXPECT_EQ(got, "through the pipe");
  EXPECT_TRUE(fs::is_fifo(file_));
  EXPECT_EQ(entries(), 1U);
  EXPECT_THAT(error_of([&] { MappedFile{file_}; }), HasSubstr("file: is no file but a pipe"));
}

TEST_F(Files, ALinkStaysAndItsTargetIsWritten) {
  write_file_atomically(file_, "old");
  fs::create_symlink("file", folder_.path() / "link");
  write_file_atomically(folder_.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder_.path() / "link"));
  EXPECT_EQ(read_file(file_), "new");
  EXPECT_EQ(entries(), 2U);
}

TEST_F(Files, AppendingIsOneWriteAndAFullDiskAnError) {
  append_to_file(file_, "one\n");
  append_to_file(file_, "two\n");
  EXPECT_EQ(read_file(file_), "one\ntwo\n");
  EXPECT_THAT(error_of([] { append_to_file("/dev/full", "x"); }), HasSubstr("/dev/full: cannot write: No space left"));
}

TEST_F(Files, APlaceThatCannotBeWrittenIsNamed) {
  EXPECT_THAT(error_of([&] { write_file_atomically(folder_.path() / "no" / "file", "x"); }),
              AllOf(HasSubstr("no/file"), HasSubstr("cannot write")));
  fs::create_directory(file_);
  EXPECT_THAT(error_of([&] { write_file_atomically(file_, "x"); }), HasSubstr("file: cannot write"));
  EXPECT_EQ(entries(), 1U);
}

TEST(Permission, WhatIsForbiddenIsToldAndWhatMayNotBeWrittenStays) {
  const SharedFolder folder;
  const auto file = folder.path() / "file", closed = folder.path() / "closed";
  const auto refused = [](auto&& body) { return error_in_child(give_up_root, body); };
  write_file_atomically(file, "kept");
  fs::permissions(file, fs::perms::none);
  EXPECT_THAT(refused([&] { read_file(file); }), HasSubstr("file: cannot open: Permission denied"));
  EXPECT_THAT(refused([&] { MappedFile{file}; }), HasSubstr("file: cannot open: Permission denied"));
  EXPECT_THAT(refused([&] { write_file_atomically(file, "x"); }), HasSubstr("file: cannot write: Permission denied"));
  make_folder(closed);
  fs::permissions(closed, fs::perms::none);
  EXPECT_THAT(refused([&] { write_file_atomically(closed / "x", "x"); }), HasSubstr("closed/x: cannot"));
  EXPECT_THAT(refused([&] { status_of(closed / "x"); }), HasSubstr("closed/x: cannot be reached: Permission denied"));
  EXPECT_THAT(refused([&] { make_folder(closed / "x"); }), HasSubstr("closed/x: cannot make this folder"));
  EXPECT_THAT(refused([&] { FileLock{closed / "x"}; }), HasSubstr("closed/x: cannot open"));
  fs::permissions(file, fs::perms::owner_all);
  EXPECT_EQ(read_file(file), "kept");
  fs::permissions(closed, fs::perms::owner_all);
  EXPECT_TRUE(fs::is_empty(closed));
}

TEST(Permission, TemporaryFilesNeedAFolder) {
  EXPECT_THAT(error_in_child([] { ::setenv("TMPDIR", "/no/such/folder", 1); }, [] { TemporaryFolder{}; }),
              HasSubstr("TMPDIR"));
}

TEST_F(Files, ANewFileHasTheUsersPermissions) {
  const auto mask = ::umask(027);
  write_file_atomically(file_, "x");
  ::umask(mask);
  EXPECT_EQ(static_cast<int>(fs::status(file_).permissions()), 0640);
}

TEST_F(Files, ReadingRefusesWhatIsMissingAFolderOrTooLong) {
  EXPECT_THAT(error_of([&] { read_file(file_); }), HasSubstr("No such file"));
  EXPECT_THAT(error_of([&] { read_file(folder_.path()); }), HasSubstr("is a folder"));
  write_file_atomically(file_, "12345");
  EXPECT_EQ(read_file(file_, 5), "12345");
  EXPECT_THAT(error_of([&] { read_file(file_, 4); }), HasSubstr("larger than the 4 bytes"));
  EXPECT_THAT(error_of([&] { read_file("/dev/zero", 1000); }), HasSubstr("longer than the 1000 bytes"));
}

TEST_F(Files, AMappedFileShowsItsBytesAndAnEmptyOneNone) {
  write_file_atomically(file_, "abc");
  MappedFile file(file_);
  EXPECT_EQ(file.text(), "abc");
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.text(), "abc");
  EXPECT_EQ(file.bytes().size(), 0U);  // NOLINT: what a moved-from file promises
  write_file_atomically(file_, "");
  EXPECT_EQ(MappedFile(file_).text(), "");
  EXPECT_THAT(error_of([&] { MappedFile{folder_.path()}; }), HasSubstr("is a folder"));
  EXPECT_THAT(error_of([&] { MappedFile{folder_.path() / "none"}; }), HasSubstr("No such file"));
}

TEST_F(Files, TwoWritersLeaveOneWholeFile) {
  const auto write = [&](char letter) {
    for (int i = 0; i < 20; ++i) write_file_atomically(file_, std::string(10'000, letter));
  };
  std::thread other(write, 'a');
  write('b');
  other.join();
  const auto content = read_file(file_);
  EXPECT_EQ(content, std::string(10'000, content[0]));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Files, ALockIsHeldByOneAtATime) {
  int inside = 0, most = 0;
  const auto work = [&] {
    for (int i = 0; i < 50; ++i) {
      const FileLock lock(file_);
      most = std::max(most, ++inside);
      --inside;
    }
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_EQ(most, 1);
}

TEST_F(Files, ATemporaryFolderGoesWithAllItHolds) {
  fs::path path;
  {
    const TemporaryFolder inner(folder_.path());
    path = inner.path();
    make_folder(path / "a" / "b");
    write_file_atomically(path / "a" / "b" / "c", "x");
  }
  EXPECT_FALSE(fs::exists(path));
  EXPECT_THAT(error_of([&] { make_folder("/dev/null/x"); }), HasSubstr("/dev/null/x: cannot make this folder"));
}

class JsonFiles : public Files {};

TEST_F(JsonFiles, KeysKeepTheirOrderAndWhatIsBrokenIsNamedByLine) {
  const auto json = parse_json(R"({"z": 1, "a": 2})", "test");
  write_json(file_, json);
  EXPECT_EQ(read_file(file_), "{\n  \"z\": 1,\n  \"a\": 2\n}\n");
  EXPECT_EQ(read_json(file_), json);
  write_file_atomically(file_, "{\n  \"a\": 1,\n  b\n}\n");
  EXPECT_THAT(error_of([&] { read_json(file_); }), HasSubstr("file: line 3: not valid JSON"));
  for (const std::string bad : {"", "{", "nul", "\"\xFF\"", "[1] 2", "\xEF\xBB"}) {
    EXPECT_THAT(error_of([&] { parse_json(bad, "--config"); }), HasSubstr("--config: line 1: not valid JSON")) << bad;
  }
  EXPECT_THAT(error_of([] { parse_json("1e999", "--config"); }),
              HasSubstr("--config: not valid JSON: a number is too"));
  const auto nested = [](std::size_t deep) { return std::string(deep, '[') + "\"]\\\"]\"" + std::string(deep, ']'); };
  EXPECT_EQ(parse_json(nested(1000), "deep").dump(), nested(1000));
  EXPECT_THAT(error_of([&] { parse_json(nested(1001), "deep"); }), HasSubstr("deep: nested more than 1000 deep"));
  EXPECT_THAT(error_of([] { parse_json(std::string(100'000, '['), "deep"); }), HasSubstr("deep: nested"));
}

TEST_F(JsonFiles, TextThatIsNotUtf8IsReplacedInWriting) {
  write_json(file_, {{"word", "caf\xC3"}});
  EXPECT_EQ(read_json(file_)["word"], "caf\uFFFD");
}

}  // namespace
}  // namespace zoo
