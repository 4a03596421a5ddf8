// Texts whose words carry tags: what is read, how it is split, and what is refused.
#include "data/tagged_text.h"

#include <fstream>
#include <set>

#include "base/files.h"
#include "data/tag_lexicon.h"
#include "data/text_reader.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TaggedTexts : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& content) const {
    const auto path = folder_.path() / name;
    std::ofstream(path) << content;
    return path.string();
  }
  std::string error_of_reading(const std::string& content, Part part = Part::all) const {
    const auto path = write("bad.txt", content);
    return error_of([&] { read_tagged_text({path}, part, TagForm::base); });
  }
  TemporaryFolder folder_;
};

TEST_F(TaggedTexts, WordsArePartedFromTheirTagsAtTheLastSlash) {
  const auto path = write("a.txt", "The/at 1/2/cd cup/nn-tl ./.\n\n  said/vbd\tI'm/ppss+bem\n");
  const auto text = read_tagged_text({path}, Part::all, TagForm::base);
  EXPECT_THAT(text.words, ElementsAre("The", "1/2", "cup", ".", "said", "I'm"));
  EXPECT_THAT(text.names, ElementsAre(".", "at", "cd", "nn", "ppss", "vbd"));
  EXPECT_THAT(text.tags, ElementsAre(1, 2, 3, 0, 5, 4));
  EXPECT_THAT(text.sentences, ElementsAre(0, 4, 6));
  const auto whole = read_tagged_text({path}, Part::all, TagForm::whole);
  EXPECT_THAT(whole.names, ElementsAre(".", "at", "cd", "nn-tl", "ppss+bem", "vbd"));
}

TEST(BaseTags, LoseMarksOfHeadlinesTitlesForeignWordsAndNegation) {
  const std::vector<std::pair<std::string, std::string>> tags = {{"nn", "nn"},        {"nn-hl", "nn"},
                                                                 {"nn-tl-hl", "nn"},  {"fw-in+nn-tl", "in"},
                                                                 {"FW-NN-TL", "NN"},  {"ppss+ber-n", "ppss"},
                                                                 {"in+at-t", "in"},   {"do*", "do"},
                                                                 {"md*+hv", "md"},    {"*", "*"},
                                                                 {"*-hl", "*"},       {"--", "--"},
                                                                 {"---hl", "--"},     {".-tl", "."},
                                                                 {"pp$-tl", "pp$"},   {"(-hl", "("},
                                                                 {"np+hvz-nc", "np"}, {"''", "''"},
                                                                 {"+", "+"}};
  for (const auto& [whole, base] : tags) EXPECT_EQ(base_tag(whole), base) << whole;
}

TEST_F(TaggedTexts, TheirPartsAreThoseOfTheSameTextWithoutTags) {
  for (const int documents : {1, 3, 47}) {
    std::string plain, tagged;
    for (int document = 0; document < documents; ++document) {
      for (int line = 0; line < 30 + document % 7; ++line) {
        plain += fmt::format("w{} w{} .\n", document, line);
        tagged += fmt::format("w{}/nn w{}/cd ./.\n", document, line);
      }
      if (document % 2 == 0) plain += "\n", tagged += "\n";
      plain += "\n";
      tagged += "\n";
    }
    const auto a = write("plain.txt", plain), b = write("tagged.txt", tagged);
    for (const auto part : {Part::train, Part::valid, Part::test}) {
      std::vector<std::string> lines, words_of_lines;
      TextReader({a}, part).for_each_line([&](std::string_view line, std::int64_t) { lines.emplace_back(line); });
      const auto text = read_tagged_text({b}, part, TagForm::base);
      for (std::size_t i = 0; i < text.sentence_count(); ++i) {
        std::string line;
        for (auto j = text.sentences[i]; j < text.sentences[i + 1]; ++j)
          line += (line.empty() ? "" : " ") + text.words[j];
        words_of_lines.push_back(line);
      }
      EXPECT_EQ(words_of_lines, lines) << documents << " documents, " << part_name(part);
    }
  }
}

TEST_F(TaggedTexts, SmallerSamplesLieInLargerOnes) {
  std::string content;
  for (int line = 0; line < 200; ++line) content += fmt::format("w{}/nn\n", line);
  const auto text = read_tagged_text({write("a.txt", content)}, Part::all, TagForm::base);
  const auto large = drawn_sentences(text, 7, 100), small = drawn_sentences(text, 7, 10);
  ASSERT_EQ(large.sentence_count(), 100);
  EXPECT_EQ(first_sentences(large, 10).words, small.words);
  EXPECT_EQ(std::set<std::string>(large.words.begin(), large.words.end()).size(), 100) << "none is drawn twice";
  EXPECT_NE(drawn_sentences(text, 8, 10).words, small.words) << "another seed";
  EXPECT_EQ(drawn_sentences(text, 7, 0).sentence_count(), 200);
}

TEST_F(TaggedTexts, WhatIsNoWordWithATagIsRefusedWithItsPlace) {
  EXPECT_THAT(error_of_reading("The/at jury/nn\n\nsaid/vbd hello ./.\n"),
              AllOf(HasSubstr("bad.txt, line 3"), HasSubstr("\"hello\" is not word/tag")));
  EXPECT_THAT(error_of_reading("The/at /nn\n"), HasSubstr("\"/nn\" is not word/tag"));
  EXPECT_THAT(error_of_reading("The/at jury/\n"), HasSubstr("\"jury/\" is not word/tag"));
  EXPECT_THAT(error_of_reading("a/" + std::string(10'000, 'x') + "\n"), HasSubstr("is not word/tag"));
  EXPECT_THAT(error_of_reading(""), HasSubstr("holds no text"));
  EXPECT_THAT(error_of_reading("\n  \n"), HasSubstr("holds no text"));
  EXPECT_THAT(error_of_reading("a/b\n", Part::test), HasSubstr("its test part holds no sentence"));
  std::string many;
  for (int i = 0; i < 1100; ++i) many += fmt::format("w/t{} ", i);
  EXPECT_THAT(error_of_reading(many), HasSubstr("different tags"));
  EXPECT_THAT(error_of_reading(std::string("a/b\0c/d\n", 8)), HasSubstr("bad.txt"));
  EXPECT_THAT(error_of_reading("a\xff/b\n"), HasSubstr("UTF-8"));
}

TEST(TagLexicons, KnowTheMostFrequentTagAndWhetherThereAreOthers) {
  const std::vector<std::string> words = {"play", "the", "play", "play", "the"};
  const std::vector<std::int32_t> tags = {2, 0, 1, 1, 0};
  const TagLexicon lexicon(words, tags);
  EXPECT_THAT(lexicon.words(), ElementsAre("play", "the"));
  EXPECT_EQ(lexicon.find("play")->tag, 1);
  EXPECT_TRUE(lexicon.find("play")->ambiguous);
  EXPECT_FALSE(lexicon.find("the")->ambiguous);
  EXPECT_EQ(lexicon.find("a"), nullptr);
  EXPECT_EQ(lexicon.most_frequent(), 0) << "of those as frequent the first";
}

TEST_F(TaggedTexts, TagsThatAnotherTextLacksAreNone) {
  const auto text = read_tagged_text({write("a.txt", "a/x b/y\n")}, Part::all, TagForm::base);
  const std::vector<std::string> names = {"w", "y"};
  EXPECT_THAT(tags_among(text, names), ElementsAre(-1, 1));
}

}  // namespace
}  // namespace zoo
