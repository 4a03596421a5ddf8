#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/utf8.h"
#include "tests/support/errors.h"
#include "tokenizers/sentencepiece_tokenizer.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {
namespace {

using testing::Each;
using testing::Ge;
using testing::HasSubstr;

const std::vector<std::string> kLines = {
    "The quick brown fox jumps over the lazy dog.",
    "Où est l'été ? À Zürich, naïve Ærø œuvre — cafe\u0301 déjà vu",
    "我爱自然语言处理。今天天气很好，我们去公园吧！",
    "東京タワーは高いです。カタカナとひらがな",
    "Emoji 😀 😀😀 👍🏽 👩\u200D👩\u200D👧 🇫🇷 1\uFE0F\u20E3 ❤\uFE0F all here",
    "Привет, мир! Γειά σου Κόσμε. שלום עולם مرحبا",
    "mixed 中文and English混合 text123 ４５６ ﬁne ①② ½ K Å",
    "한국어 문장 A\u0300\u0323 q\u0307\u0323 \u1E69",
    "tabs\tand\u00A0no-break\u3000wide  double   spaces",
    "<s> <unk> </s> <mask> <0x41> ▁under▁score & <b>html</b>",
};

std::shared_ptr<const Tokenizer> train(const TokenizerOptions& options) {
  const auto trainer = make_tokenizer_trainer(options);
  for (int times = 0; times < 3; ++times) {
    for (const auto& line : kLines) trainer->add(line);
  }
  return trainer->finish();
}

TokenizerOptions options_of(const std::string& type) {
  TokenizerOptions options;
  options.type = type == "bytes" ? "unigram" : type;
  options.byte_fallback = type == "bytes";
  static const std::map<std::string, std::int64_t> sizes = {
      {"char", 0}, {"unigram", 175}, {"bpe", 330}, {"bytes", 420}};
  options.vocabulary_size = sizes.at(type);
  options.character_coverage = type == "bytes" ? 0.98 : 1.0;
  return options;
}

class RoundTrip : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { set_quiet(true); }
};

TEST_P(RoundTrip, DecodingWhatWasEncodedGivesTheNormalisedText) {
  const auto tokenizer = train(options_of(GetParam()));
  // The lines themselves, and 300 random mixtures of their characters.
  auto lines = kLines;
  std::vector<std::string> characters;
  for (const auto& line : kLines) {
    for (const char* at = line.data(); at < line.data() + line.size();) {
      characters.emplace_back();
      append_utf8(characters.back(), next_code_point(at, line.data() + line.size()));
    }
  }
  Random random(7);
  for (int i = 0; i < 300; ++i) {
    auto& line = lines.emplace_back();
    const auto length = random.below(30);
    for (std::uint64_t j = 0; j < length; ++j) line += characters[random.below(characters.size())];
  }
  for (const auto& line : lines) {
    const auto ids = tokenizer->encode(line);
    const auto normal = tokenizer->normalise(line);
    if (const auto* pieces = dynamic_cast<const SentencePieceTokenizer*>(tokenizer.get())) {
      std::vector<TokenId> own;
      pieces->encode_by_library(line, own);
      EXPECT_EQ(ids, own) << line;
    }
    EXPECT_EQ(tokenizer->normalise(normal), normal) << line;
    if (std::find(ids.begin(), ids.end(), kUnknown) != ids.end()) {
      // Marks that compose only in a random mixture give characters that the training text lacks.
      EXPECT_EQ(std::find(kLines.begin(), kLines.end(), line), kLines.end()) << line;
      continue;
    }
    EXPECT_EQ(tokenizer->decode(ids), normal) << line;
    EXPECT_THAT(ids, Each(Ge(kSpecialTokens))) << line;
    EXPECT_EQ(tokenizer->encode(normal), ids) << line;
  }
}

TEST_P(RoundTrip, SavedAndLoadedIsTheSameTokenizer) {
  const auto tokenizer = train(options_of(GetParam()));
  EXPECT_EQ(train(options_of(GetParam()))->fingerprint(), tokenizer->fingerprint());
  TemporaryFolder folder;
  tokenizer->save(folder.path());
  const auto loaded = load_tokenizer(folder.path());
  EXPECT_EQ(loaded->fingerprint(), tokenizer->fingerprint());
  EXPECT_EQ(loaded->type(), options_of(GetParam()).type);
  for (const auto& line : kLines) EXPECT_EQ(loaded->encode(line), tokenizer->encode(line));
  for (TokenId id = 0; id < tokenizer->size(); ++id) {
    EXPECT_EQ(loaded->piece(id), tokenizer->piece(id));
    EXPECT_EQ(tokenizer->id(tokenizer->piece(id)), id);
  }
  EXPECT_EQ(tokenizer->piece(kMask), "<mask>");
  EXPECT_THROW(tokenizer->piece(-1), Error);
  EXPECT_THROW(tokenizer->piece(static_cast<TokenId>(tokenizer->size())), Error);
  EXPECT_THROW(tokenizer->decode(std::vector<TokenId>{1 << 20}), Error);
}

TEST_P(RoundTrip, LeavesOutSpecialTokensWhenDecoding) {
  const auto tokenizer = train(options_of(GetParam()));
  auto ids = tokenizer->encode("The fox");
  ids.insert(ids.begin(), {kBegin, kPad});
  ids.insert(ids.end(), {kMask, kEnd});
  EXPECT_EQ(tokenizer->decode(ids), "The fox");
  EXPECT_EQ(tokenizer->decode({}), "");
  EXPECT_TRUE(tokenizer->encode("").empty());
}

INSTANTIATE_TEST_SUITE_P(Types, RoundTrip, testing::Values("char", "unigram", "bpe", "bytes"),
                         [](const auto& info) { return info.param; });

TEST(CharTokenizer, NormalisesToNfcWithPlainSpaces) {
  const auto tokenizer = train(options_of("char"));
  EXPECT_EQ(tokenizer->normalise("cafe\u0301\tx\u00A0y  z▁"), "caf\u00E9 x y  z ");
  EXPECT_EQ(tokenizer->piece(tokenizer->encode(" ")[0]), "▁");
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("a\u0416\u4E02b")), "a<unk><unk>b");
}

TEST(SentencePiece, NormalisesToNfkcWithSingleSpaces) {
  set_quiet(true);
  const auto tokenizer = train(options_of("unigram"));
  EXPECT_EQ(tokenizer->normalise("  cafe\u0301\tﬁne  ①４５６▁x "), "caf\u00E9 fine 1456 x");
  auto options = options_of("bpe");
  options.lowercase = true;
  EXPECT_EQ(train(options)->normalise("The FOX"), "the fox");
}

TEST(SentencePiece, WritesUnknownCharactersAsBytesWhereAsked) {
  set_quiet(true);
  const auto bytes = train(options_of("bytes"));
  EXPECT_EQ(bytes->decode(bytes->encode("x ☃𝄞 ꙮ y")), "x ☃𝄞 ꙮ y");
  const auto plain = train(options_of("unigram"));
  EXPECT_EQ(plain->decode(plain->encode("x ☃ y")), "x <unk> y");
}

TEST(SentencePiece, SaysWhichVocabularySizesTheTextAllows) {
  set_quiet(true);
  for (const std::string type : {"unigram", "bpe"}) {
    auto options = options_of(type);
    options.vocabulary_size = 100000;
    EXPECT_THAT(error_of([&] { train(options); }), HasSubstr("give at most"));
    options.vocabulary_size = 20;
    EXPECT_THAT(error_of([&] { train(options); }), HasSubstr("give at least"));
    options.vocabulary_size = 0;
    EXPECT_THAT(error_of([&] { train(options); }), HasSubstr("vocabulary_size: 0"));
    options.vocabulary_size = 300;
    EXPECT_THAT(error_of([&] { make_tokenizer_trainer(options)->finish(); }), HasSubstr("no lines"));
  }
}

TEST(SentencePiece, RefusesDamagedAndForeignModels) {
  set_quiet(true);
  TemporaryFolder folder;
  train(options_of("bpe"))->save(folder.path());
  const auto file = folder.path() / "sentencepiece.model";
  const auto model = read_file(file);
  const auto with = [&](const std::string& content) {
    write_file_atomically(file, content);
    return error_of([&] { load_tokenizer(folder.path()); });
  };
  load_tokenizer(folder.path());
  EXPECT_THAT(with(""), HasSubstr("damaged"));
  EXPECT_THAT(with("not a model at all"), HasSubstr("damaged"));
  EXPECT_THAT(with(model.substr(0, model.size() / 2)), HasSubstr(folder.path().string()));
  auto foreign = model;
  foreign.replace(foreign.find("<pad>"), 5, "<PAD>");
  EXPECT_THAT(with(foreign), HasSubstr("piece 0 must be the special token <pad>"));
  std::filesystem::remove(file);
  EXPECT_THAT(error_of([&] { load_tokenizer(folder.path()); }), HasSubstr("sentencepiece.model"));
}

TEST(SentencePiece, DrawsItsTrainingLinesEvenly) {
  set_quiet(true);
  TokenizerOptions options{.type = "bpe", .vocabulary_size = 5 + 21, .character_coverage = 1, .training_lines = 200};
  // Each tenth of the text has two letters of its own: only an even sample knows all of them.
  const auto learn = [&] {
    const auto trainer = make_tokenizer_trainer(options);
    for (int i = 0; i < 10'000; ++i) {
      const auto first = static_cast<char>('a' + i / 1000 * 2);
      trainer->add(std::string{first, static_cast<char>(first + 1)});
    }
    return trainer->finish();
  };
  const auto tokenizer = learn();
  for (char letter = 'a'; letter < 'a' + 20; ++letter) EXPECT_TRUE(tokenizer->id(std::string(1, letter))) << letter;
  EXPECT_EQ(learn()->fingerprint(), tokenizer->fingerprint());
}

}  // namespace
}  // namespace zoo
