#include "data/splits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "base/error.h"
#include "data/train_tokenizer.h"
#include "tests/data/corpus_fixture.h"
#include "tests/support/errors.h"
#include "tokenizers/tokenizer_trainer.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class OpenCorpus : public CorpusTest {
 protected:
  static std::string text_of(const Corpus& corpus, const Tokenizer& tokenizer) {
    return tokenizer.decode(corpus.ids());
  }
  static std::shared_ptr<const Tokenizer> tokenizer_of(const std::string& path) {
    return train_tokenizer({}, TextReader({path}));
  }
};

TEST_F(OpenCorpus, HoldsLinesDocumentsCountsAndBytes) {
  const auto path = file("a.txt", "b a\na\n\n\nc\u00E9 a a\n");
  const auto tokenizer = tokenizer_of(path);  // a 4, b 1, cé 1: ids 5, 6, 7
  const auto corpus = open_corpus({path}, Part::all, *tokenizer, options);
  EXPECT_THAT(corpus.ids(), ElementsAre(6, 5, kEnd, 5, kEnd, 7, 5, 5, kEnd));
  EXPECT_THAT(corpus.lines(), ElementsAre(0, 3, 5, 9));
  EXPECT_THAT(corpus.documents(), ElementsAre(0, 1, 2, 3));  // three lines: documents of one line each
  EXPECT_THAT(corpus.counts(), ElementsAre(0, 0, 0, 3, 0, 4, 1, 1));
  EXPECT_EQ(corpus.bytes(), 4u + 2 + 8);
  EXPECT_TRUE(corpus.line_ends());
  EXPECT_EQ(corpus.fingerprint(), tokenizer->fingerprint());
  options.line_ends = false;
  EXPECT_THAT(open_corpus({path}, Part::all, *tokenizer, options).ids(), ElementsAre(6, 5, 5, 7, 5, 5));
}

TEST_F(OpenCorpus, EncodesAPartOnSeveralThreadsInTheOrderOfTheText) {
  std::string text;
  for (int i = 0; i < 60000; ++i) text += fmt::format("word{} and {} , więcej 我们 tekstu\n", i % 977, i);
  const auto path = file("long.txt", text);
  const auto tokenizer = tokenizer_of(path);
  const auto corpus = open_corpus({path}, Part::train, *tokenizer, options);
  std::vector<TokenId> expected;
  std::vector<std::uint64_t> lines = {0}, documents;
  std::int64_t last = -1;
  TextReader({path}, Part::train).for_each_line([&](std::string_view line, std::int64_t document) {
    if (document != last) documents.push_back(lines.size() - 1);
    last = document;
    tokenizer->encode(line, expected);
    expected.push_back(kEnd);
    lines.push_back(expected.size());
  });
  documents.push_back(lines.size() - 1);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), corpus.ids().begin(), corpus.ids().end()));
  EXPECT_TRUE(std::equal(lines.begin(), lines.end(), corpus.lines().begin(), corpus.lines().end()));
  EXPECT_TRUE(std::equal(documents.begin(), documents.end(), corpus.documents().begin(), corpus.documents().end()));
  EXPECT_EQ(corpus.documents().size(), 54u + 1);
}

TEST_F(OpenCorpus, EncodesOnceAndOpensTheFileAfterwards) {
  const auto path = file("a.txt", "a b\n");
  const auto tokenizer = tokenizer_of(path);
  const auto first = open_corpus({path}, Part::all, *tokenizer, options);
  const auto written = std::filesystem::last_write_time(first.path());
  const auto again = open_corpus({path}, Part::all, *tokenizer, options);
  EXPECT_EQ(again.path(), first.path());
  EXPECT_EQ(std::filesystem::last_write_time(again.path()), written);
  // A copy of the text under another name has the same content.
  EXPECT_EQ(open_corpus({file("b.txt", "a b\n")}, Part::all, *tokenizer, options).path(), first.path());
}

TEST_F(OpenCorpus, IsMadeAnewWhenTextOrTokenizerChanges) {
  const auto path = file("a.txt", "a b a\n");
  const auto tokenizer = tokenizer_of(path);
  EXPECT_EQ(text_of(open_corpus({path}, Part::all, *tokenizer, options), *tokenizer), "a b a");
  file("a.txt", "b b b\n");  // the same size, at once
  EXPECT_EQ(text_of(open_corpus({path}, Part::all, *tokenizer, options), *tokenizer), "b b b");
  const auto other = tokenizer_of(path);
  const auto corpus = open_corpus({path}, Part::all, *other, options);
  EXPECT_EQ(corpus.fingerprint(), other->fingerprint());
  EXPECT_EQ(text_of(corpus, *other), "b b b");
}

TEST_F(OpenCorpus, RebuildsADamagedFileAndOpenRefusesIt) {
  const auto path = file("a.txt", "a b a\n");
  const auto tokenizer = tokenizer_of(path);
  const auto cached = open_corpus({path}, Part::all, *tokenizer, options).path();
  const auto whole = read_file(cached);
  const auto error_with = [&](const std::string& content) {
    write_file_atomically(cached, content);
    return error_of([&] { Corpus::open(cached); });
  };
  EXPECT_THAT(error_with(whole.substr(0, whole.size() - 8)), HasSubstr("damaged or cut short"));
  EXPECT_THAT(error_with(whole.substr(0, 100)), HasSubstr("is no corpus"));
  EXPECT_THAT(error_with(""), HasSubstr("is no corpus"));
  EXPECT_THAT(error_with("just some text"), HasSubstr("is no corpus"));
  auto huge = whole;
  huge.replace(24, 8, 8, '\x7F');  // the number of tokens
  EXPECT_THAT(error_with(huge), HasSubstr("damaged"));
  for (const auto& [place, what] :
       {std::pair(256, "\x7F\x7F\x7F\x7F"), std::pair(256, "\xFF\xFF\xFF\xFF"), std::pair(272, "\x09")}) {
    auto outside = whole;  // an id beyond the vocabulary, one below 0; a line that begins behind the text's end
    outside.replace(static_cast<std::size_t>(place), std::strlen(what), what);
    EXPECT_THAT(error_with(outside), HasSubstr("the corpus is damaged")) << place;
  }
  auto later = whole;
  later[8] = 9;
  EXPECT_THAT(error_with(later), HasSubstr("corpus format 9"));
  EXPECT_EQ(text_of(open_corpus({path}, Part::all, *tokenizer, options), *tokenizer), "a b a");
  EXPECT_EQ(read_file(cached), whole);
}

TEST_F(OpenCorpus, RefusesATokenizerThatDidNotEncodeIt) {
  const auto path = file("a.txt", "a b\n");
  const auto tokenizer = tokenizer_of(path), other = tokenizer_of(file("b.txt", "x y\n"));
  const auto corpus = open_corpus({path}, Part::all, *tokenizer, options);
  EXPECT_NO_THROW(check_tokenizer(corpus, *tokenizer, "the model runs/a"));
  EXPECT_THAT(error_of([&] { check_tokenizer(corpus, *other, "the model runs/a"); }),
              HasSubstr("the model runs/a: its tokenizer"));
}

TEST_F(OpenCorpus, IsSafeWhenSeveralProcessesBuildItAtOnce) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += fmt::format("word{} and {}\n", i % 977, i);
  const auto path = file("a.txt", text);
  const auto tokenizer = tokenizer_of(path);
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const auto child = ::fork();
    if (child == 0) {
      int status = 1;
      try {
        const auto corpus = open_corpus({path}, Part::train, *tokenizer, options);
        status = corpus.lines().size() == 18001 ? 0 : 2;
      } catch (const std::exception&) {
      }
      ::_exit(status);
    }
    children.push_back(child);
  }
  for (const auto child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::map<std::string, int> kinds;
  for (const auto& entry : std::filesystem::directory_iterator(options.cache_folder)) {
    ++kinds[entry.path().extension().string()];
  }
  EXPECT_EQ(kinds, (std::map<std::string, int>{{".corpus", 1}, {".lock", 1}, {".json", 1}}));
}

TEST_F(OpenCorpus, SaysWhenAPartHoldsNothing) {
  const auto path = file("a.txt", "a b\nc\n");
  const auto tokenizer = tokenizer_of(path);
  EXPECT_THAT(error_of([&] { open_corpus({path}, Part::valid, *tokenizer, options); }),
              HasSubstr("its valid part holds no line"));
}

TEST_F(OpenCorpus, NamesACacheFolderThatCannotBeWritten) {
  const auto path = file("a.txt", "a b\n");
  options.cache_folder = path;
  EXPECT_THAT(error_of([&] { open_corpus({path}, Part::all, *tokenizer_of(path), options); }), HasSubstr("ZOO_CACHE"));
}

TEST_F(OpenCorpus, StopsAtBadTextInAnyBlockAndLeavesNothing) {
  std::string text;
  for (int i = 0; i < 300000; ++i) text += fmt::format("word {}\n", i);
  const auto good = file("good.txt", text), bad = file("bad.txt", text + "\xFF\n");
  const auto tokenizer = tokenizer_of(good);
  EXPECT_THROW(open_corpus({bad}, Part::all, *tokenizer, options), Error);
  for (const auto& entry : std::filesystem::directory_iterator(options.cache_folder)) {
    EXPECT_NE(entry.path().extension(), ".corpus");
    EXPECT_EQ(entry.path().filename().string().find(".corpus."), std::string::npos);
  }
}

TEST(CorpusFromLines, HoldsWhatItWasGiven) {
  const auto corpus = Corpus::from_lines({{5, 6, kEnd}, {kUnknown, kEnd}}, 8);
  EXPECT_THAT(corpus.ids(), ElementsAre(5, 6, kEnd, kUnknown, kEnd));
  EXPECT_THAT(corpus.lines(), ElementsAre(0, 3, 5));
  EXPECT_THAT(corpus.documents(), ElementsAre(0, 2));
  EXPECT_EQ(corpus.vocabulary_size(), 8);
  EXPECT_EQ(corpus.unknown_tokens(), 1);
  EXPECT_THROW(Corpus::from_lines({{8}}, 8), Error);
}

}  // namespace
}  // namespace zoo
