#include "data/parallel_corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/train_tokenizer.h"
#include "tests/data/corpus_fixture.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Pairs : public CorpusTest {
 protected:
  ParallelCorpus open(const std::string& source, const std::string& target, Part part = Part::all) {
    source_tokenizer = train_tokenizer({}, TextReader({source}));
    target_tokenizer = train_tokenizer({}, TextReader({target}));
    return open_parallel_corpus({source}, {target}, part, *source_tokenizer, *target_tokenizer, options);
  }
  static std::vector<std::string> lines_of(const Corpus& corpus, const Tokenizer& tokenizer) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i + 1 < corpus.lines().size(); ++i) {
      const auto begin = corpus.lines()[i];
      lines.push_back(tokenizer.decode(corpus.ids().subspan(begin, corpus.lines()[i + 1] - begin)));
    }
    return lines;
  }
  std::string error_of(const std::string& source, const std::string& target, Part part = Part::all) {
    return zoo::error_of([&] { open(source, target, part); });
  }

  std::shared_ptr<const Tokenizer> source_tokenizer, target_tokenizer;
};

TEST_F(Pairs, StayTogetherAndLoseThoseWithAnEmptySide) {
  const auto pairs =
      open(file("en", "one\n\ntwo\nthree\n\n\u200B\nfour\n"), file("fr", "un\ndeux\n\ntrois\n\nx\nquatre\n"));
  EXPECT_THAT(lines_of(pairs.source, *source_tokenizer), ElementsAre("one", "three", "four"));
  EXPECT_THAT(lines_of(pairs.target, *target_tokenizer), ElementsAre("un", "trois", "quatre"));
  EXPECT_THAT(pairs.source.documents(), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(pairs.source.bytes(), 4u + 6 + 5);
}

TEST_F(Pairs, AreSplitByDocument) {
  std::string english, french;
  for (int i = 0; i < 100; ++i) {
    if (i % 4 == 0) english += "\n", french += "\n";
    english += fmt::format("line {}\n", i);
    french += i == 37 ? "\n" : fmt::format("ligne {}\n", i);
  }
  const auto en = file("en", english), fr = file("fr", french);
  const auto valid = open(en, fr, Part::valid);
  EXPECT_THAT(lines_of(valid.source, *source_tokenizer), ElementsAre("line 36", "line 38", "line 39"));
  EXPECT_THAT(lines_of(valid.target, *target_tokenizer), ElementsAre("ligne 36", "ligne 38", "ligne 39"));
  EXPECT_EQ(open(en, fr, Part::train).source.lines().size(), 99u - 3 - 4 + 1);
  EXPECT_EQ(open(en, fr, Part::valid).source.path(), valid.source.path());
}

TEST_F(Pairs, MustMatchInNumber) {
  const auto three = file("en", "a\nb\nc\n"), two = file("fr", "x\ny\n");
  EXPECT_THAT(error_of(three, two), HasSubstr("/en goes on at line 3 where the other ends"));
  EXPECT_THAT(error_of(two, three), HasSubstr("/en goes on at line 3 where the other ends"));
  EXPECT_THAT(error_of(three, three, Part::test), HasSubstr("the test part holds no pair"));
  EXPECT_THAT(error_of(three, "/no/such"), HasSubstr("/no/such: no such file"));
}

}  // namespace
}  // namespace zoo
