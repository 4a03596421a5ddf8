// Tokenizers of imported models: their rules on small vocabularies made here. Against the libraries that such models
// come with: tests/models/transformer/huggingface_test.cpp.
#include <fstream>

#include "base/files.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tokenizers/byte_bpe_tokenizer.h"
#include "tokenizers/foreign_pieces_tokenizer.h"
#include "tokenizers/huggingface.h"
#include "tokenizers/wordpiece_tokenizer.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kNone = ForeignIds::kAbsent;

std::vector<std::string> parts(std::string_view text, ByteBpeRule rule) {
  std::vector<std::string> result;
  split_for_byte_bpe(text, rule, [&](std::string_view part) { result.emplace_back(part); });
  return result;
}

TEST(ForeignIds, OursAreTheFiveSpecialTokensThenTheirsInOrder) {
  const ForeignIds ids({3, kNone, 3, 0, kNone}, 5);
  EXPECT_EQ(ids.size(), 5 + 3);
  EXPECT_EQ(ids.rows(), 5);
  const std::vector<std::int64_t> foreign = {3, kNone, 3, 0, kNone, 1, 2, 4};
  for (std::int64_t id = 0; id < ids.size(); ++id) EXPECT_EQ(ids.foreign(id), foreign[static_cast<std::size_t>(id)]);
  EXPECT_EQ(ids.own(3), kPad);
  EXPECT_EQ(ids.own(0), kEnd);
  EXPECT_EQ(ids.own(4), 7);
  EXPECT_THAT(ids.unpredicted(), ElementsAre(kUnknown, kBegin, kMask));
  EXPECT_THAT(error_of([] { ForeignIds({kNone, kNone, kNone, 9, kNone}, 5); }), HasSubstr("</s> is id 9"));
}

TEST(ByteBpeSplit, PartsTextAsTheRegularExpressionsDo) {
  EXPECT_THAT(parts("it's 12 o'clock...  ok ", ByteBpeRule::gpt2),
              ElementsAre("it", "'s", " 12", " o", "'", "clock", "...", " ", " ok", " "));
  EXPECT_THAT(parts("IT'S 12345 (a)\n\n b", ByteBpeRule::llama3),
              ElementsAre("IT", "'S", " ", "123", "45", " (", "a", ")\n\n", " b"));
  EXPECT_THAT(parts("x 123", ByteBpeRule::qwen2), ElementsAre("x", " ", "1", "2", "3"));
  EXPECT_THAT(parts(" \t\n", ByteBpeRule::gpt2), ElementsAre(" \t\n"));
  EXPECT_THAT(parts("", ByteBpeRule::gpt2), ElementsAre());
}

/// All bytes, three merges and an end token.
ByteBpeTokenizer byte_bpe(const ByteBpeTokenizer::Rules& rules = {}) {
  std::vector<std::string> pieces(byte_characters().begin(), byte_characters().end());
  for (const auto* piece : {"he", "ll", "hell", "Ġhell", "<|end|>"}) pieces.emplace_back(piece);
  const auto rows = std::ssize(pieces);
  return {{ForeignIds({kNone, kNone, kNone, rows - 1, kNone}, rows), pieces},
          {{"l", "l"}, {"h", "e"}, {"he", "ll"}, {"Ġ", "hell"}},
          rules};
}

std::vector<std::string> pieces_of(const Tokenizer& tokenizer, std::string_view text) {
  std::vector<std::string> pieces;
  for (const auto id : tokenizer.encode(text)) pieces.emplace_back(tokenizer.piece(id));
  return pieces;
}

TEST(ByteBpe, JoinsPairsInTheirOrderAndGivesTheTextBack) {
  const auto tokenizer = byte_bpe();
  EXPECT_THAT(pieces_of(tokenizer, "hello hellll"), ElementsAre("hell", "o", "Ġhell", "ll"));
  EXPECT_EQ(tokenizer.piece(kEnd), "</s>");
  EXPECT_EQ(tokenizer.id("<|end|>"), kEnd);
  for (const std::string text : {"", " ", "héllo <|end|> 中 \t x  y ", "\x01 control"}) {
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("cut \xE4\xB8")), "cut \uFFFD\uFFFD");
  EXPECT_THAT(pieces_of(byte_bpe({.add_prefix_space = true}), "hell"), ElementsAre("Ġhell"));
}

TEST(ByteBpe, AMergeOfWhatIsNoPieceIsRefused) {
  std::vector<std::string> pieces = {"a", "b", "c"};
  EXPECT_THAT(error_of([&] {
                ByteBpeTokenizer({ForeignIds({kNone, kNone, kNone, 2, kNone}, 3), pieces}, {{"a", "b"}}, {});
              }),
              HasSubstr("'ab' is no piece"));
}

TEST(ByteBpe, AWordOfAMillionLettersTakesAMoment) {
  const auto tokenizer = byte_bpe();
  const std::string word(1'000'000, 'l');
  EXPECT_EQ(tokenizer.encode(word).size(), 500'000U);
}

WordPieceTokenizer wordpiece(const WordPieceTokenizer::Rules& rules) {
  const std::vector<std::string> pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "play", "##ing",
                                           "##s",   "p",     "##lay", "!",     "中",     "cafe", "Café"};
  return {{ForeignIds({0, 1, 2, 3, 4}, std::ssize(pieces)), pieces}, rules};
}

TEST(WordPiece, TakesTheLongestPiecesFromTheLeft) {
  const auto tokenizer = wordpiece({});
  EXPECT_THAT(pieces_of(tokenizer, "Playing plays! play中 CAFÉ qq"),
              ElementsAre("play", "##ing", "play", "##s", "!", "play", "中", "cafe", "<unk>"));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("Playing  plays!")), "playing plays !");
  EXPECT_EQ(tokenizer.normalise(" Ab\tc!"), "ab c !");
  EXPECT_THAT(pieces_of(tokenizer, std::string(101, 'p')), ElementsAre("<unk>"));
  EXPECT_THAT(pieces_of(tokenizer, ""), ElementsAre());
  EXPECT_THAT(pieces_of(wordpiece({.lowercase = false, .strip_accents = false, .chinese = false}), "Café play"),
              ElementsAre("Café", "play"));
}

TEST(ImportedTokenizers, AreSavedAndLoadedWithTheSameFingerprint) {
  const auto bytes = byte_bpe({.split = ByteBpeRule::llama3, .nfc = true, .whole_words = true});
  const auto words = wordpiece({.lowercase = false});
  const auto folder = ZOO_SOURCE_DIR "/tests/data/huggingface/marian";
  const auto config = read_json(std::filesystem::path(folder) / "config.json");
  const auto marian = read_marian(folder, config["vocab_size"], config["decoder_start_token_id"]);
  for (const Tokenizer* tokenizer : {static_cast<const Tokenizer*>(&bytes), static_cast<const Tokenizer*>(&words),
                                     static_cast<const Tokenizer*>(marian.source.get())}) {
    const TemporaryFolder place;
    save_tokenizer(*tokenizer, place.path() / "kept");
    const auto loaded = load_tokenizer(place.path() / "kept");
    EXPECT_EQ(loaded->fingerprint(), tokenizer->fingerprint());
    EXPECT_EQ(loaded->type(), tokenizer->type());
    for (const std::string text : {"hello playing Ab 中文", "License shall mean"}) {
      EXPECT_EQ(loaded->encode(text), tokenizer->encode(text));
      EXPECT_EQ(loaded->decode(loaded->encode(text)), tokenizer->decode(tokenizer->encode(text)));
    }
    std::ofstream(place.path() / "kept" / kImportedFile) << "{}";
    EXPECT_THAT(error_of([&] { load_tokenizer(place.path() / "kept"); }), HasSubstr(kImportedFile));
  }
  EXPECT_NE(marian.source->fingerprint(), marian.target->fingerprint());
  EXPECT_EQ(marian.target->decode(marian.target->encode("LICENSE SHALL MEAN")), "LICENSE SHALL MEAN");
}

TEST(ImportedTokenizers, FilesThatAreNotReadSayWhatIs) {
  const TemporaryFolder place;
  const auto write = [&](const char* name, const std::string& text) { std::ofstream(place.path() / name) << text; };
  const ForeignIds::Special special = {kNone, kNone, kNone, 0, kNone};
  const auto error = [&] { return error_of([&] { read_byte_bpe(place.path(), 10, special); }); };
  write("tokenizer.json", R"({"model": {"type": "Unigram"}})");
  EXPECT_THAT(error(), HasSubstr("type Unigram"));
  write("tokenizer.json", R"({"model": {"type": "BPE", "byte_fallback": true}})");
  EXPECT_THAT(error(), HasSubstr("tokenizer.model"));
  write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 12}, "merges": []},
                             "pre_tokenizer": {"type": "ByteLevel"}})");
  EXPECT_THAT(error(), HasSubstr("'a' has id 12"));
  write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 1, "b": 1}, "merges": []},
                             "pre_tokenizer": {"type": "ByteLevel"}})");
  EXPECT_THAT(error(), HasSubstr("same id 1"));
  write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {}, "merges": []}, "pre_tokenizer": {"type": "Split",
                             "pattern": {"Regex": "\\w+"}, "behavior": "Isolated"}})");
  EXPECT_THAT(error(), HasSubstr("\\w+"));
  write("tokenizer.json", "[1, 2");
  EXPECT_THAT(error(), HasSubstr("no JSON"));
  EXPECT_THAT(error_of([&] { read_wordpiece(place.path(), 10); }), HasSubstr("tokenizer.json"));
  std::filesystem::remove(place.path() / "tokenizer.json");
  write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n");
  EXPECT_THAT(error_of([&] { read_wordpiece(place.path(), 10); }), HasSubstr("[SEP]"));
  write("tokenizer.model", "no model");
  EXPECT_THAT(error_of([&] { read_llama(place.path(), 10, special); }), HasSubstr("no SentencePiece model"));
}

}  // namespace
}  // namespace zoo
