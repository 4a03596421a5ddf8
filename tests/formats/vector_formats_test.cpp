#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "base/json.h"
#include "formats/npy.h"
#include "formats/projector.h"
#include "formats/vector_file.h"
#include "formats/vector_words.h"
#include "formats/word2vec.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kData = ZOO_SOURCE_DIR "/tests/data/vectors";

/// The golden's words, and that its first rows are the table's, bit by bit.
std::vector<std::string> expect_golden(const EmbeddingTable& table, const std::string& name) {
  const auto golden = read_json(kData / "golden.json");
  EXPECT_EQ(table.dimension(), 11) << name;
  for (std::size_t row = 0; row < golden.at("rows").size(); ++row) {
    std::string digits;
    for (const float number : table.row(static_cast<std::int64_t>(row))) {
      std::uint8_t bytes[4];
      std::memcpy(bytes, &number, 4);
      for (const auto byte : bytes) digits += fmt::format("{:02x}", byte);
    }
    std::string expected;
    for (const auto& number : golden.at("rows")[row]) expected += number.get<std::string>();
    EXPECT_EQ(digits, expected) << name << " row " << row;
  }
  return golden.at("words").get<std::vector<std::string>>();
}

TEST(VectorFormats, EveryFileThatGensimAndNumpyWroteIsReadToTheBit) {
  for (const char* name : {"gensim.bin", "gensim.txt", "gensim_no_header.txt", "gensim.npy", "odd_no_line_ends.bin",
                           "odd_line_ends.bin", "odd_crlf_tabs.txt"}) {
    std::optional<EmbeddingTable> table;
    EXPECT_EQ(warnings_of([&] { table = read_vectors(kData / name); }), "") << name;
    EXPECT_EQ(table->words(), expect_golden(*table, name)) << name;
  }
}

TEST(VectorFormats, TokensWithSpacesAreReadFromTheRight) {
  const auto table = read_vectors(kData / "odd_spaces.glove.txt");
  auto words = expect_golden(table, "glove");
  words[3] = ". . .", words[4] = "at name@domain.com 5";
  EXPECT_EQ(table.words(), words);
}

TEST(VectorFormats, AWordCutInsideACharacterKeepsItsBytes) {
  std::optional<EmbeddingTable> table;
  EXPECT_THAT(warnings_of([&] { table = read_vectors(kData / "odd_cut_utf8.bin"); }),
              HasSubstr("1 words are not valid UTF-8; their bytes are kept"));
  auto words = expect_golden(*table, "cut");
  words[10] = "caf\xC3";
  EXPECT_EQ(table->words(), words);
  EXPECT_EQ(table->find("caf\xC3"), 10);
}

TEST(VectorFormats, AFileCutShortGivesWhatIsThereAndSaysWhatIsMissing) {
  std::optional<EmbeddingTable> table;
  EXPECT_THAT(warnings_of([&] { table = read_vectors(kData / "odd_cut_short.bin"); }),
              AllOf(HasSubstr("announces 24 words, 13 are there"), HasSubstr("part of the next")));
  EXPECT_EQ(table->size(), 13);
  expect_golden(*table, "cut short");
}

class VectorFiles : public testing::Test {
 protected:
  std::string read_error(std::string_view content) {
    write_file_atomically(file_, content);
    return error_of([&] { read_vectors(file_); });
  }
  EmbeddingTable read(std::string_view content, const std::string& warning) {
    write_file_atomically(file_, content);
    std::optional<EmbeddingTable> table;
    const auto said = warnings_of([&] { table = read_vectors(file_); });
    if (warning.empty()) {
      EXPECT_EQ(said, "");
    } else {
      EXPECT_THAT(said, HasSubstr(warning));
    }
    return *table;
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "vectors.txt";
};

TEST_F(VectorFiles, WhatWeWriteComesBackToTheBit) {
  const auto table = read_vectors(kData / "gensim.bin");
  const auto file = [&](const char* name) { return folder_.path() / name; };
  write_word2vec_text(file("a.txt"), table);
  write_word2vec_binary(file("a.bin"), table);
  write_glove(file("a.glove"), table);
  write_npy(file("a.npy"), table);
  write_words(words_file(file("a.npy")), table);
  write_vectors_safetensors(file("a.safetensors"), table);
  for (const char* name : {"a.txt", "a.bin", "a.glove", "a.npy", "a.safetensors"}) {
    const auto again = read_vectors(file(name));
    EXPECT_EQ(again.words(), expect_golden(again, name)) << name;
    EXPECT_EQ(again.contiguous().has_value(), std::string(name) != "a.bin") << name;
  }
  EXPECT_EQ(read_file(file("a.npy")), read_file(kData / "gensim.npy"));
  EXPECT_EQ(read_file(file("a.txt")).substr(0, 6), "24 11\n");
}

TEST_F(VectorFiles, ATypeOfAnyBytesIsNamedInOneLine) {
  auto content = read_file(kData / "gensim.npy");
  content.replace(content.find("<f4"), 3, "a\nb");
  const auto file = folder_.path() / "odd.npy";
  write_file_atomically(file, content);
  EXPECT_THAT(error_of([&] { NpyFile array(file); }), HasSubstr("elements of type 'a?b'"));
}

TEST_F(VectorFiles, WordsThatAFormatCannotHoldAreAltered) {
  const EmbeddingTable table({"a b", "", "c\n", "d"}, {1, 2, 3, 4}, 1);
  EXPECT_THAT(warnings_of([&] { write_word2vec_text(file_, table); }), HasSubstr("3 words"));
  EXPECT_EQ(read_file(file_), "4 1\na_b 1\n_ 2\nc_ 3\nd 4\n");
  EXPECT_THAT(warnings_of([&] { write_glove(file_, table); }), HasSubstr("2 words"));
  EXPECT_EQ(read_file(file_), "a b 1\n_ 2\nc_ 3\nd 4\n");
  write_vectors_safetensors(file_, table);
  EXPECT_EQ(read_vectors(file_).words(), table.words());
}

TEST_F(VectorFiles, WrongCountsAreReadAsFarAsTheyGo) {
  EXPECT_EQ(read("3 2\na 1 2\nb 3 4\n", "announces 3 words, 2 are there").size(), 2);
  EXPECT_EQ(read("1 2\na 1 2\nb 3 4\n", "announces 1 words and holds more").size(), 1);
  EXPECT_EQ(read("1000000000000 2\na 1 2\nb 3 4\n", "announces 1000000000000 words, 2").size(), 2);
  EXPECT_EQ(read("3 2\na 1 2\nb 3", "1 are there and a part of the next").size(), 1);
  EXPECT_EQ(read("a 1 2\nb 3 4\nc 5", "ends inside the row").size(), 2);
  EXPECT_EQ(read("2 2\na 1 2\na 3 4\n", "1 words stand more than once").find("a"), 0);
  EXPECT_EQ(read("a 1 2\n\n \nb 3 4", "").size(), 2);
  const std::string row = "a " + std::string(8, '\1');
  EXPECT_EQ(read("1000000000000 2\n" + row, "announces 1000000000000 words, 1").size(), 1);
  EXPECT_EQ(read("1 2\n" + row + "b " + std::string(8, '\1'), "holds more").size(), 1);
}

TEST_F(VectorFiles, NumbersAreReadInEveryForm) {
  const auto table = read("1 6\na 1e-50 +2.5 -3 inf -nan 1e50\n", "");
  const auto row = table.row(0);
  EXPECT_EQ(row[0], 0);
  EXPECT_EQ(row[1], 2.5F);
  EXPECT_TRUE(std::isinf(row[3]) && std::isnan(row[4]) && std::isinf(row[5]));
}

TEST_F(VectorFiles, ANumberMayBeAWordOfAFileWithoutHeader) {
  const auto table = read("5 0.1 0.2\n6 0.3 0.4\n", "");
  EXPECT_EQ(table.words(), (std::vector<std::string>{"5", "6"}));
  const auto spaced = read("1 2 0.1 0.2\nthe 0.3 0.4\n", "");
  EXPECT_EQ(spaced.words(), (std::vector<std::string>{"1 2", "the"}));
}

TEST_F(VectorFiles, WhatIsNoVectorFileIsRefusedInOneLine) {
  EXPECT_THAT(read_error(""), HasSubstr("is empty"));
  EXPECT_THAT(read_error("\n\n"), HasSubstr("no word vector"));
  EXPECT_THAT(read_error("Call me Ishmael.\nSome years ago\n"), HasSubstr("does not end in numbers"));
  EXPECT_THAT(read_error(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)), HasSubstr("does not end in numbers"));
  EXPECT_THAT(read_error("\x1f\x8b\b"), HasSubstr("gzip"));
  EXPECT_THAT(read_error("PK\x03\x04"), HasSubstr("zip"));
  EXPECT_THAT(read_error("3 0\na\nb\nc\n"), HasSubstr("0 dimensions"));
  EXPECT_THAT(read_error("2 3\na 1 2 3\nb 1 2\n"), HasSubstr("line 3: a word and 3 numbers"));
  EXPECT_THAT(read_error("2 3\na 1 2 3\nb 1 x 3\n"), HasSubstr("line 3"));
  EXPECT_THAT(read_error("2 1000000000000\na 1 2 3\n"), HasSubstr("announces 1000000000000 dimensions"));
  EXPECT_THAT(read_error("2 18446744073709551615\na 1 2 3\n"), HasSubstr("dimensions"));
  EXPECT_THAT(read_error("2 3\n"), HasSubstr("dimensions"));
  EXPECT_THAT(read_error("2 3\na " + std::string(11, '\1')), HasSubstr("dimensions"));
  EXPECT_THAT(read_error("2 3\n" + std::string(100'000, '\1')), HasSubstr("no word of at most"));
  EXPECT_THAT(error_of([&] { read_vectors(folder_.path()); }), HasSubstr("folder"));
  EXPECT_THAT(error_of([&] { read_vectors(folder_.path() / "none"); }), HasSubstr("No such file"));
}

TEST_F(VectorFiles, AnNpyFileThatLiesOrIsOfAnotherKindIsRefused) {
  const auto npy = [&](const std::string& header, std::size_t bytes) {
    std::string text("\x93NUMPY\1\0", 8);
    text += static_cast<char>(header.size());
    text += '\0';
    return read_error(text + header + std::string(bytes, '\0'));
  };
  const auto header = [](const char* type, const char* order, const char* shape) {
    return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", type, order, shape);
  };
  EXPECT_THAT(npy(header("<f4", "False", "(2, 3)"), 20), HasSubstr("does not fit"));
  EXPECT_THAT(npy(header("<f4", "False", "(1152921504606846976, 16)"), 0), HasSubstr("does not fit"));
  EXPECT_THAT(npy(header("<f4", "True", "(2, 3)"), 24), HasSubstr("Fortran"));
  EXPECT_THAT(npy(header("<i8", "False", "(2, 3)"), 48), HasSubstr("'<i8'"));
  EXPECT_THAT(npy(header("<f4", "False", "(-2, 3)"), 24), HasSubstr("no shape"));
  EXPECT_THAT(npy(header("<f4", "False", "(6,)"), 24), HasSubstr("[words, dimensions]"));
  EXPECT_THAT(npy(header("<f4", "False", "(0, 3)"), 0), HasSubstr("[words, dimensions]"));
  EXPECT_THAT(npy("", 0), HasSubstr("no .npy"));
  EXPECT_THAT(npy("nonsense", 3), HasSubstr("type"));
  EXPECT_THAT(read_error(std::string("\x93NUMPY\1\0\xff\xff{'descr", 17)), HasSubstr("cut short"));
  EXPECT_THAT(npy(header("<f4", "False", "(2, 3)"), 24), HasSubstr("vectors.words.txt: missing"));
  write_file_atomically(folder_.path() / "vectors.words.txt", "a\nb\nc\n");
  EXPECT_THAT(error_of([&] { read_vectors(file_); }), HasSubstr("3 lines, but there are 2 vectors"));
}

TEST_F(VectorFiles, SafetensorsWithDamagedWordsAreRefused) {
  const std::vector<float> rows = {1, 2};
  const std::vector<std::int64_t> ends = {5, 3};
  const std::string letters = "abc";
  const std::vector<TensorView> tensors = {{"vectors", DType::f32, {2, 1}, std::as_bytes(std::span(rows))},
                                           {"word_ends", DType::i64, {2}, std::as_bytes(std::span(ends))},
                                           {"words", DType::u8, {3}, std::as_bytes(std::span(letters))}};
  write_safetensors(file_, tensors);
  EXPECT_THAT(error_of([&] { read_vectors(file_); }), HasSubstr("word 0 ends at 5"));
  const std::vector<TensorView> two = {tensors[0], {"other", DType::f32, {2, 1}, tensors[0].bytes}};
  write_safetensors(file_, two);
  EXPECT_THAT(error_of([&] { read_vectors(file_); }), HasSubstr("several tables"));
}

TEST_F(VectorFiles, TheProjectorGetsItsThreeFiles) {
  const EmbeddingTable table({"a", "b\tc"}, {1, -2.5F, 0.1F, 4}, 2);
  const auto folder = folder_.path() / "projector";
  warnings_of([&] { write_projector(folder, table, "tiny"); });
  EXPECT_EQ(read_file(folder / "vectors.tsv"), "1\t-2.5\n0.1\t4\n");
  EXPECT_EQ(read_file(folder / "metadata.tsv"), "a\nb_c\n");
  const auto config = read_json(folder / "projector_config.json").at("embeddings").at(0);
  EXPECT_EQ(config.at("tensorShape"), Json({2, 2}));
  EXPECT_EQ(config.at("metadataPath"), "metadata.tsv");
}

TEST_F(VectorFiles, TheProjectorWarnsOfMoreRowsThanItShows) {
  const EmbeddingTable table(std::vector<std::string>(100'001, "a"), std::vector<float>(100'001, 1), 1);
  EXPECT_THAT(warnings_of([&] { write_projector(folder_.path() / "p", table, "large"); }), HasSubstr("at most 100000"));
}

}  // namespace
}  // namespace zoo
