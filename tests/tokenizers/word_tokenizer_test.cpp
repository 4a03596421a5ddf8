#include "tokenizers/word_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "tests/support/child.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<const Tokenizer> train(const std::vector<std::string>& lines, TokenizerOptions options = {}) {
  const auto trainer = make_tokenizer_trainer(options);
  for (const auto& line : lines) trainer->add(line);
  return trainer->finish();
}

std::vector<std::string> words(const std::string& line, TokenizerOptions options = {}) {
  const auto tokenizer = train({line}, options);
  std::vector<std::string> pieces;
  for (const auto id : tokenizer->encode(line)) pieces.emplace_back(tokenizer->piece(id));
  return pieces;
}

TEST(WordTokenizer, SplitsOffPunctuationButKeepsApostrophesAndNumbersWhole) {
  EXPECT_THAT(words("Don't stop-it, she said: (3.14, 1,000) at 12:30."),
              ElementsAre("Don't", "stop", "-", "it", ",", "she", "said", ":", "(", "3.14", ",", "1,000", ")", "at",
                          "12:30", "."));
  EXPECT_THAT(words("l’été ``quoted'' -- well... a'"),
              ElementsAre("l’été", "``", "quoted", "''", "--", "well", "...", "a", "'"));
  EXPECT_THAT(words("$5 50% #tag ==x== C++"),
              ElementsAre("$", "5", "50", "%", "#", "tag", "=", "=", "x", "=", "=", "C", "+", "+"));
}

TEST(WordTokenizer, TakesCjkByCharacter) {
  EXPECT_THAT(words("我爱NLP，真的。東京タワー"),
              ElementsAre("我", "爱", "NLP", "，", "真", "的", "。", "東", "京", "タ", "ワ", "ー"));
  EXPECT_THAT(words("한국어 문장"), ElementsAre("한국어", "문장"));
}

TEST(WordTokenizer, KeepsAnEmojiWithItsModifiersWhole) {
  EXPECT_THAT(words("hi😀😀 👍🏽 👩‍👩‍👧 🇫🇷🇩🇪 1️⃣ ❤️!"),
              ElementsAre("hi", "😀", "😀", "👍🏽", "👩‍👩‍👧", "🇫🇷", "🇩🇪", "1️⃣", "❤️", "!"));
}

TEST(WordTokenizer, ComposesAccentsAndDropsInvisibleCharacters) {
  EXPECT_THAT(words("cafe\u0301 a\u200Bb x\u00A0y"), ElementsAre("caf\u00E9", "a", "b", "x", "y"));
}

TEST(WordTokenizer, LeavesTokenisedTextAsItIs) {
  TokenizerOptions options;
  options.split = "whitespace";
  EXPECT_THAT(words("  Don't stop-it , 我爱 ``\t(x) ", options),
              ElementsAre("Don't", "stop-it", ",", "我爱", "``", "(x)"));
}

TEST(WordTokenizer, LowerCasesBeyondAscii) {
  TokenizerOptions options;
  options.lowercase = true;
  EXPECT_THAT(words("ÉCOLE Straße ΣΊΓΜΑ ЖУК ABC", options), ElementsAre("école", "straße", "σίγμα", "жук", "abc"));
}

TEST(WordTokenizer, OrdersByCountThenBytesAndCutsThere) {
  TokenizerOptions options;
  options.vocabulary_size = kSpecialTokens + 3;
  const auto tokenizer = train({"b a c c é Z b a"}, options);  // a b c twice; Z, é once
  ASSERT_EQ(tokenizer->size(), 8);
  EXPECT_EQ(tokenizer->piece(5), "a");
  EXPECT_EQ(tokenizer->piece(6), "b");
  EXPECT_EQ(tokenizer->piece(7), "c");
  EXPECT_THAT(tokenizer->encode("a Z b é"), ElementsAre(5, kUnknown, 6, kUnknown));
  EXPECT_EQ(dynamic_cast<const WordTokenizer&>(*tokenizer).vocabulary().count(kUnknown), 2u);
}

TEST(WordTokenizer, LeavesOutWordsBelowTheMinimumCount) {
  TokenizerOptions options;
  options.min_count = 2;
  EXPECT_EQ(train({"a a b"}, options)->size(), kSpecialTokens + 1);
  EXPECT_THAT(error_of([&] { train({"a b"}, options); }), HasSubstr("min_count"));
  EXPECT_THAT(error_of([&] { train({}, options); }), HasSubstr("no words"));
  options.vocabulary_size = 5;
  EXPECT_THAT(error_of([&] { train({"a a"}, options); }), HasSubstr("vocabulary_size: 5"));
}

TEST(WordTokenizer, WorksWithAVocabularyOfOneWord) {
  const auto tokenizer = train({"la la la"});
  EXPECT_EQ(tokenizer->size(), kSpecialTokens + 1);
  EXPECT_THAT(tokenizer->encode("la di la"), ElementsAre(5, kUnknown, 5));
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("la  di la")), "la <unk> la");
}

TEST(WordTokenizer, NeverMakesSpecialTokensFromText) {
  TokenizerOptions options;
  options.split = "whitespace";
  const auto tokenizer = train({"<s> a <unk> </s> <mask> <pad>"}, options);
  EXPECT_EQ(tokenizer->size(), kSpecialTokens + 1);
  EXPECT_THAT(tokenizer->encode("<s> a <unk> </s>"), ElementsAre(kUnknown, 5, kUnknown, kUnknown));
  EXPECT_EQ(tokenizer->id("<s>"), kBegin);
  EXPECT_EQ(tokenizer->decode(std::vector<TokenId>{kBegin, 5, kUnknown, kEnd, kPad, kMask}), "a <unk>");
}

TEST(WordTokenizer, GivesTheSameTokenizerAfterSavingAndLoading) {
  TemporaryFolder folder;
  TokenizerOptions options;
  options.lowercase = true;
  const auto tokenizer = train({"Ein Haus , ein Baum", "我 😀 naïve"}, options);
  tokenizer->save(folder.path());
  const auto loaded = load_tokenizer(folder.path());
  EXPECT_EQ(loaded->fingerprint(), tokenizer->fingerprint());
  EXPECT_EQ(loaded->size(), tokenizer->size());
  EXPECT_EQ(loaded->encode("EIN Baum 我"), tokenizer->encode("EIN Baum 我"));
  options.lowercase = false;
  EXPECT_NE(train({"ein haus , ein baum", "我 😀 naïve"}, options)->fingerprint(), tokenizer->fingerprint());
}

TEST(WordTokenizer, AgreesWithAnIndependentImplementation) {
  const auto golden = read_json(std::string(ZOO_SOURCE_DIR) + "/tests/data/tokenizers/word.json");
  const auto lines = golden["lines"].get<std::vector<std::string>>();
  ASSERT_GT(lines.size(), 150u);
  for (const auto& expected : golden["cases"]) {
    TokenizerOptions options;
    fields_of(options).read_json(expected["options"], "options");
    const auto tokenizer = train(lines, options);
    const auto& vocabulary = dynamic_cast<const WordTokenizer&>(*tokenizer).vocabulary();
    auto pieces = Json::array();
    for (TokenId id = kSpecialTokens; id < vocabulary.size(); ++id) {
      pieces.push_back(Json::array({vocabulary.piece(id), vocabulary.count(id)}));
    }
    EXPECT_EQ(pieces, expected["vocabulary"]) << expected["options"];
    EXPECT_EQ(vocabulary.count(kUnknown), expected["unknown"]);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ(Json(tokenizer->encode(lines[i])), expected["ids"][i]) << expected["options"] << lines[i];
      EXPECT_EQ(tokenizer->normalise(lines[i]), expected["normalised"][i]) << expected["options"] << lines[i];
    }
  }
}

TEST(WordTokenizer, AFullDiskLeavesTheOldTokenizerWhole) {
  const TemporaryFolder folder;
  const auto old = train({"a b c"});
  save_tokenizer(*old, folder.path());
  const auto other = train({"some other words of which there are more"});
  EXPECT_THAT(error_in_child(files_of_at_most(100), [&] { save_tokenizer(*other, folder.path()); }),
              HasSubstr("cannot write"));
  EXPECT_EQ(load_tokenizer(folder.path())->fingerprint(), old->fingerprint());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
  save_tokenizer(*other, folder.path());
  EXPECT_EQ(load_tokenizer(folder.path())->fingerprint(), other->fingerprint());
}

TEST(WordTokenizer, AFolderThatMayNotBeSeenIsNotCalledEmpty) {
  const SharedFolder folder;
  const auto inside = folder.path() / "inside";
  save_tokenizer(*train({"a b c"}), inside);
  std::filesystem::permissions(inside, std::filesystem::perms::none);
  EXPECT_THAT(error_in_child(give_up_root, [&] { load_tokenizer(inside); }), HasSubstr("Permission denied"));
  std::filesystem::permissions(inside, std::filesystem::perms::owner_all);
}

TEST(WordTokenizer, RefusesDamagedFoldersInOneLine) {
  TemporaryFolder folder;
  const auto load = [&] { return error_of([&] { load_tokenizer(folder.path()); }); };
  EXPECT_THAT(load(), HasSubstr("is no tokenizer"));
  train({"a b c"})->save(folder.path());
  const auto vocabulary = folder.path() / "vocabulary.tsv";
  const auto whole = read_file(vocabulary);
  const auto with = [&](const std::string& content) {
    write_file_atomically(vocabulary, content);
    return load();
  };
  EXPECT_THAT(with(whole.substr(0, whole.size() - 2)), HasSubstr("line 8: cut short"));
  EXPECT_THAT(with(whole + "a\t1\n"), HasSubstr("line 9: 'a' stands there twice"));
  EXPECT_THAT(with(whole + "x 1\n"), HasSubstr("line 9"));
  EXPECT_THAT(with(whole + "x\t-1\n"), HasSubstr("not a number"));
  EXPECT_THAT(with(whole + "\xFF\t1\n"), HasSubstr("not UTF-8"));
  EXPECT_THAT(with("a\t1\n"), HasSubstr("must be the special token <pad>"));
  EXPECT_THAT(with(whole + "d\t1\n"), HasSubstr("fingerprint"));
  write_file_atomically(vocabulary, whole);
  EXPECT_EQ(load_tokenizer(folder.path())->size(), 8);
  std::string windows;
  for (const char byte : whole) windows += byte == '\n' ? std::string("\r\n") : std::string(1, byte);
  write_file_atomically(vocabulary, windows);
  EXPECT_EQ(load_tokenizer(folder.path())->size(), 8);
  auto description = read_json(folder.path() / "tokenizer.json");
  description["format_version"] = 99;
  write_json(folder.path() / "tokenizer.json", description);
  EXPECT_THAT(load(), HasSubstr("format_version 99"));
  write_file_atomically(folder.path() / "tokenizer.json", "[1]");
  EXPECT_THAT(load(), HasSubstr("tokenizer.json"));
}

TEST(WordTokenizer, JoinedWithAnotherHasTheWordsOfBoth) {
  const auto one = train({"a b b c c c"}), other = train({"c d d d d b"});
  TokenizerOptions lower;
  lower.lowercase = true;
  const auto lowered = train({"e"}, lower);
  const auto& first = dynamic_cast<const WordTokenizer&>(*one);
  const auto joined = first.joined_with(dynamic_cast<const WordTokenizer&>(*other));
  std::vector<std::string> pieces;
  for (TokenId id = kSpecialTokens; id < joined->size(); ++id) pieces.emplace_back(joined->piece(id));
  EXPECT_THAT(pieces, ElementsAre("c", "d", "b", "a"));  // 4, 4, 3, 1
  EXPECT_EQ(dynamic_cast<const WordTokenizer&>(*joined).vocabulary().count(7), 3U);
  EXPECT_THAT(error_of([&] { first.joined_with(dynamic_cast<const WordTokenizer&>(*lowered)); }),
              HasSubstr("--lowercase true"));
}

}  // namespace
}  // namespace zoo
