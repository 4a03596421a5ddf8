#include "formats/arpa.h"

#include <cmath>
#include <fstream>

#include "base/random.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::string kGood =
    "\\data\\\nngram 1=3\nngram 2=2\n\n"
    "\\1-grams:\n-0.5\ta\t-0.25\n-1\t-1\t0\n-2\t<unk>\n\n"
    "\\2-grams:\n-0.125\ta -1\n-0.75\ta a\n\n\\end\\\n";

class Arpa : public testing::Test {
 protected:
  std::string file(const std::string& text) const {
    const auto path = folder_.path() / "file.arpa";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    return path;
  }
  static std::vector<std::string> lines_of(const fs::path& path) {
    ArpaFile arpa(path);
    std::vector<std::string> lines;
    for (int length = 1; length <= arpa.order(); ++length) {
      arpa.read_section([&](const ArpaNgram& ngram) {
        std::string text = fmt::format("{}: {}", ngram.line, ngram.probability);
        for (const auto word : ngram.words) text += fmt::format(" [{}]", word);
        lines.push_back(ngram.back_off ? fmt::format("{} {}", text, *ngram.back_off) : text);
      });
    }
    return lines;
  }
  /// `good` with one text in place of another; the error that it gives.
  std::string refusal(const std::string& from, const std::string& to) const {
    auto text = kGood;
    const auto place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return error_of([&] { lines_of(file(text.replace(place, from.size(), to))); });
  }
  TemporaryFolder folder_;
};

TEST_F(Arpa, IsReadWithItsLinesAndGaps) {
  const std::vector<std::string> expected = {"6: -0.5 [a] -0.25", "7: -1 [-1] 0", "8: -2 [<unk>]",
                                             "11: -0.125 [a] [-1]", "12: -0.75 [a] [a]"};
  EXPECT_EQ(lines_of(file(kGood)), expected);
  auto windows = kGood;
  for (std::size_t i = 0; (i = windows.find('\n', i)) != std::string::npos; i += 2) windows.replace(i, 1, "\r\n");
  EXPECT_EQ(lines_of(file(windows)), expected);
  auto spaces = kGood;
  std::replace(spaces.begin(), spaces.end(), '\t', ' ');
  EXPECT_EQ(lines_of(file(spaces)), expected);
  EXPECT_EQ(lines_of(file("made by hand\n\n" + kGood)).size(), 5U);
  EXPECT_EQ(lines_of(file(kGood.substr(0, kGood.size() - 1))), expected) << "no line end behind \\end\\";
}

TEST_F(Arpa, IsWrittenAsItIsRead) {
  const auto path = folder_.path() / "written.arpa";
  const float tiny = -0.1234567F;
  ArpaWriter writer(path, {2, 1});
  const std::vector<std::string_view> a = {"a"}, b = {"中"}, both = {"a", "中"};
  writer.begin_section();
  writer.write(-1, a, tiny);
  writer.write(-37.5F, b, 0.0F);
  writer.begin_section();
  writer.write(tiny, both, std::nullopt);
  EXPECT_FALSE(fs::exists(path)) << "not before it is whole";
  writer.commit();
  EXPECT_EQ(read_file(path),
            "\\data\\\nngram 1=2\nngram 2=1\n\n\\1-grams:\n-1\ta\t-0.1234567\n-37.5\t中\t0\n\n"
            "\\2-grams:\n-0.1234567\ta 中\n\n\\end\\\n");
  ArpaFile read(path);
  read.read_section([](const ArpaNgram&) {});
  read.read_section([&](const ArpaNgram& ngram) { EXPECT_EQ(static_cast<float>(ngram.probability), tiny); });
}

TEST_F(Arpa, WriterRefusesAnotherNumberThanItAnnounced) {
  ArpaWriter writer(folder_.path() / "x.arpa", {2, 1});
  writer.begin_section();
  EXPECT_THAT(error_of([&] { writer.begin_section(); }), HasSubstr("0 1-grams were written, 2 announced"));
  ArpaWriter one(folder_.path() / "y.arpa", {0, 1});
  one.begin_section();
  EXPECT_THAT(error_of([&] { one.commit(); }), HasSubstr("1 sections"));
  EXPECT_FALSE(fs::exists(folder_.path() / "y.arpa"));
}

TEST_F(Arpa, RefusesWhatCannotBeWithFileAndLine) {
  EXPECT_THAT(refusal("\\data\\", "data"), HasSubstr("file.arpa: is no ARPA file"));
  EXPECT_THAT(refusal("ngram 1=3", "ngram 1=three"), HasSubstr("file.arpa: line 2: 'ngram 1=three'"));
  EXPECT_THAT(refusal("ngram 1=3", "ngram 1=-3"), HasSubstr("line 2"));
  EXPECT_THAT(refusal("ngram 1=3", "ngram 1=0"), HasSubstr("no 1-grams"));
  EXPECT_THAT(refusal("ngram 2=2", "ngram 3=2"), HasSubstr("line 3: 'ngram 3=2' stands where 'ngram 2='"));
  EXPECT_THAT(refusal("ngram 1=3", "ngram 1=4"), HasSubstr("line 9: the 1-grams end here after 3 of 4"));
  EXPECT_THAT(refusal("ngram 1=3", "ngram 1=2"), HasSubstr("line 8: more 1-grams than the 2 announced"));
  EXPECT_THAT(refusal("ngram 2=2", "ngram 2=1"), HasSubstr("line 12: more 2-grams than the 1 announced"));
  EXPECT_THAT(refusal("-0.5\ta", "half\ta"), HasSubstr("line 6: 'half' is no number"));
  EXPECT_THAT(refusal("-0.5\ta", "nan\ta"), HasSubstr("line 6: 'nan' is no number"));
  EXPECT_THAT(refusal("-0.5\ta", "0.5\ta"), HasSubstr("line 6: 0.5 is the logarithm of no probability"));
  EXPECT_THAT(refusal("a\t-0.25", "a\tmuch"), HasSubstr("line 6: 'much' is no number"));
  EXPECT_THAT(refusal("a\t-0.25", "a\t-0.25 7"), HasSubstr("line 6"));
  EXPECT_THAT(refusal("a -1", "a"), HasSubstr("line 11: '-0.125?a' is not a number and 2 words"));
  EXPECT_THAT(refusal("a -1", "a -1\t-0.5"), HasSubstr("line 11")) << "the longest have no back-off weight";
  EXPECT_THAT(refusal("\\2-grams:", "\\3-grams:"), HasSubstr("line 10: '\\3-grams:' stands where \\2-grams:"));
  EXPECT_THAT(refusal("\\end\\\n", ""), HasSubstr("\\end\\ was expected; it is cut short"));
  EXPECT_THAT(refusal("\\end\\", "\\3-grams:"), HasSubstr("line 14: '\\3-grams:' stands where \\end\\"));
}

TEST_F(Arpa, BelievesNoNumberThatTheFileHasNoRoomFor) {
  EXPECT_THAT(refusal("ngram 2=2", "ngram 2=1000000000000"),
              HasSubstr("line 3: announces 1000000000000 2-grams, for which the file of"));
  EXPECT_THAT(refusal("ngram 1=3", "ngram 1=99999999999999999999999"), HasSubstr("line 2"));
  std::string lengths = "\\data\\\n";
  for (int length = 1; length <= 2000; ++length) lengths += fmt::format("ngram {}=1\n", length);
  EXPECT_THAT(error_of([&] { lines_of(file(lengths)); }), HasSubstr("line"));
}

TEST_F(Arpa, CutShortAnywhereIsSaidSo) {
  for (std::size_t size = 0; size + 2 < kGood.size(); ++size) {
    const auto error = error_of([&] { lines_of(file(kGood.substr(0, size))); });
    EXPECT_THAT(error, HasSubstr("file.arpa")) << size;
  }
}

TEST_F(Arpa, RefusesForeignFiles) {
  EXPECT_THAT(error_of([&] { lines_of(file("")); }), HasSubstr("is no ARPA file"));
  EXPECT_THAT(error_of([&] { lines_of(file(std::string("\x1f\x8b\x08\x00", 4))); }), HasSubstr("unpack it first"));
  EXPECT_THAT(error_of([&] { lines_of(folder_.path() / "none"); }), HasSubstr("none"));
  std::string binary(100'000, '\0');
  EXPECT_THAT(error_of([&] { lines_of(file(binary)); }), HasSubstr("is no ARPA file"));
  std::string text;
  for (int line = 0; line < 5000; ++line) text += "Call me Ishmael.\n";
  EXPECT_THAT(error_of([&] { lines_of(file(text)); }), HasSubstr("is no ARPA file"));
}

TEST_F(Arpa, HoweverDamagedDoesNoMoreThanRaiseAnError) {
  const auto whole = read_file(ZOO_SOURCE_DIR "/tests/data/ngram/back_off.arpa");
  Random random(11);
  int refused = 0;
  for (int round = 0; round < 400; ++round) {
    auto content = whole;
    for (std::uint64_t k = random.below(3) + 1; k > 0; --k) {
      content[random.below(round % 2 == 0 ? content.size() : 100)] = static_cast<char>(random.below(256));
    }
    try {
      lines_of(file(content));
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace zoo
