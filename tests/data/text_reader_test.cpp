#include "data/text_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <functional>
#include <map>

#include "base/files.h"
#include "data/documents.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Line = std::pair<std::string, std::int64_t>;

class Reading : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    const auto path = folder.path() / name;
    make_folder(path.parent_path());
    write_file_atomically(path, content);
    return path.string();
  }
  std::string gzip(const std::string& name, const std::string& content) {
    const auto path = (folder.path() / name).string();
    const auto out = gzopen(path.c_str(), "wb");
    gzwrite(out, content.data(), static_cast<unsigned>(content.size()));
    gzclose(out);
    return path;
  }
  static std::vector<std::string> lines_of(const std::vector<std::string>& inputs, Part part = Part::all) {
    std::vector<std::string> lines;
    TextReader(inputs, part).for_each_line([&](std::string_view line, std::int64_t) { lines.emplace_back(line); });
    return lines;
  }
  static std::vector<std::int64_t> documents_of(const std::vector<std::string>& inputs, Part part = Part::all) {
    std::vector<std::int64_t> documents;
    TextReader(inputs, part).for_each_line([&](std::string_view, std::int64_t document) {
      if (documents.empty() || documents.back() != document) documents.push_back(document);
    });
    return documents;
  }
  static std::string error_of(const std::vector<std::string>& inputs) {
    return zoo::error_of([&] { lines_of(inputs); });
  }
  static std::string numbered_lines(std::int64_t count, std::int64_t empty_every = 0) {
    std::string text;
    for (std::int64_t i = 0; i < count; ++i) {
      if (empty_every > 0 && i > 0 && i % empty_every == 0) text += "\n";
      text += "line " + std::to_string(i) + "\n";
    }
    return text;
  }

  TemporaryFolder folder;
};

TEST_F(Reading, DropsByteOrderMarksCarriageReturnsAndEmptyLines) {
  EXPECT_THAT(lines_of({file("a",
                             "\xEF\xBB\xBF"
                             "one\r\n\r\n \t\ntwo \n\nthree")}),
              ElementsAre("one", "two ", "three"));
}

TEST_F(Reading, TakesFoldersInByteOrderWithoutHiddenFiles) {
  file("in/b.txt", "b\n");
  file("in/a/z.txt", "z\n");
  file("in/Z.txt", "Z\n");
  file("in/.hidden", "no\n");
  file("in/.git/x", "no\n");
  file("in/empty", "");
  EXPECT_THAT(lines_of({(folder.path() / "in").string(), file("last", "end")}), ElementsAre("Z", "z", "b", "end"));
}

TEST_F(Reading, ReadsGzipByItsContent) {
  EXPECT_THAT(lines_of({gzip("a.gz", "x\ny\n"), gzip("b", "z\n"), file("c.gz", "plain\n")}),
              ElementsAre("x", "y", "z", "plain"));
}

TEST_F(Reading, SaysWhereAGzipFileIsCutShortOrDamaged) {
  const auto path = gzip("a.gz", numbered_lines(100000));
  auto bytes = read_file(path);
  EXPECT_THAT(error_of({file("cut.gz", bytes.substr(0, bytes.size() / 2))}),
              HasSubstr("cut.gz: the gzip data are cut short"));
  for (std::size_t i = bytes.size() / 3; i < bytes.size() / 2; ++i) bytes[i] = 'x';
  EXPECT_THAT(error_of({file("bad.gz", bytes)}), HasSubstr("bad.gz: "));
}

TEST_F(Reading, NamesFileLineAndByteOfBadText) {
  EXPECT_THAT(error_of({file("latin", "good\n\nd\xE9j\xE0\n")}), HasSubstr("latin: line 3, byte 2: 0xE9 is not UTF-8"));
  EXPECT_THAT(error_of({file("cut", "good\n\xE4\xBD")}), HasSubstr("cut: line 2, byte 1: 0xE4"));
  EXPECT_THAT(error_of({file("overlong", "\xC0\x80")}), HasSubstr("0xC0"));
  EXPECT_THAT(error_of({file("surrogate", "ab\xED\xA0\x80")}), HasSubstr("byte 3: 0xED"));
  EXPECT_THAT(error_of({file("binary", std::string("ab\nc\0d", 6))}), HasSubstr("line 2, byte 2: is a NUL byte"));
  EXPECT_THAT(error_of({file("image", std::string("\x89PNG\r\n\x1a\n\0", 9))}), HasSubstr("this is a binary file"));
  EXPECT_THAT(error_of({file("wide", std::string("\xFF\xFE"
                                                 "a\0",
                                                 4))}),
              HasSubstr("is UTF-16"));
  const auto far = numbered_lines(200000) + "\xFF\n";
  EXPECT_THAT(error_of({file("far", far)}), HasSubstr("far: line 200001, byte 1"));
}

TEST_F(Reading, NamesInputsThatAreMissingOrEmpty) {
  EXPECT_THAT(error_of({"/no/such/file"}), HasSubstr("/no/such/file: no such file or folder"));
  EXPECT_THAT(error_of({file("empty", "")}), HasSubstr("empty: holds no text"));
  EXPECT_THAT(error_of({file("blank", "\n \n\t\r\n")}), HasSubstr("blank: holds no text"));
  make_folder(folder.path() / "nothing");
  EXPECT_THAT(error_of({(folder.path() / "nothing").string()}), HasSubstr("nothing: this folder holds no files"));
  EXPECT_THAT(error_of({}), HasSubstr("no text was given"));
}

TEST_F(Reading, RefusesALineOfAHundredMegabytes) {
  const auto path = file("long", "short\n" + std::string(100'000'000, 'x') + "\nshort\n");
  EXPECT_THAT(error_of({path}), HasSubstr("long: line 2 is longer than 16 MiB"));
  const auto largest = file("largest", "a\n" + std::string(16 << 20, 'x') + "\nb\n");
  EXPECT_EQ(lines_of({largest}).size(), 3u);
}

TEST_F(Reading, GivesLinesWholeAcrossBlocks) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    expected.push_back(std::string(static_cast<std::size_t>(i) % 1700 + 1, static_cast<char>('a' + i % 26)) + "é");
    text += expected.back() + (i % 2 == 0 ? "\n" : "\r\n");
  }
  EXPECT_EQ(lines_of({file("many", text)}), expected);
}

TEST_F(Reading, ReadsAPipeAsOftenAsNeeded) {
  const auto path = (folder.path() / "pipe").string();
  ASSERT_EQ(::system(fmt::format("mkfifo {0} && (printf 'a\\nb\\n' > {0} &)", path).c_str()), 0);
  EXPECT_THAT(lines_of({path}), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of({path}), ElementsAre("a", "b"));
}

TEST_F(Reading, SplitsByDocumentsOfEmptyLines) {
  const auto path = file("a", numbered_lines(120, 3));  // 40 documents of three lines
  EXPECT_THAT(documents_of({path}, Part::valid), ElementsAre(9, 29));
  EXPECT_THAT(documents_of({path}, Part::test), ElementsAre(19, 39));
  EXPECT_EQ(documents_of({path}, Part::train).size(), 36u);
  EXPECT_THAT(lines_of({path}, Part::valid),
              ElementsAre("line 27", "line 28", "line 29", "line 87", "line 88", "line 89"));
}

TEST_F(Reading, SplitsByBlocksOfAThousandLines) {
  const auto path = file("a", numbered_lines(45500));  // 46 documents
  EXPECT_EQ(documents_of({path}).size(), 46u);
  const auto valid = lines_of({path}, Part::valid);
  EXPECT_EQ(valid.size(), 2000u);
  EXPECT_EQ(valid.front(), "line 9000");
  EXPECT_EQ(valid.back(), "line 29999");
}

TEST_F(Reading, EndsDocumentsWithTheirFiles) {
  for (int i = 0; i < 25; ++i) file(fmt::format("in/{:02}", i), fmt::format("a {}\nb\n", i));
  const auto in = (folder.path() / "in").string();
  EXPECT_EQ(documents_of({in}).size(), 25u);
  EXPECT_THAT(lines_of({in}, Part::test), ElementsAre("a 19", "b"));
}

TEST_F(Reading, CutsASmallTextFinerSoThatEveryPartHasLines) {
  for (const std::int64_t lines : {20, 21, 39, 40, 57, 250, 1999, 12345}) {
    const auto path = file("small", numbered_lines(lines));
    std::map<Part, std::size_t> found;
    for (const auto part : {Part::train, Part::valid, Part::test}) found[part] = lines_of({path}, part).size();
    EXPECT_EQ(found[Part::train] + found[Part::valid] + found[Part::test], static_cast<std::size_t>(lines));
    for (const auto& [part, count] : found) EXPECT_GT(count, 0u) << part_name(part) << " of " << lines;
    EXPECT_LE(found[Part::valid], static_cast<std::size_t>(lines) / 10 + 1);
  }
  EXPECT_TRUE(lines_of({file("tiny", numbered_lines(5))}, Part::test).empty());
  // 30 lines in two documents: documents of one line.
  EXPECT_THAT(documents_of({file("two", numbered_lines(30, 15))}, Part::test), ElementsAre(19));
}

}  // namespace
}  // namespace zoo
