#include "base/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/spelling.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Sample {
  bool direct = true;
  std::int64_t hidden = 50;
  double rate = 0.5;
  std::string kind = "adam";
  std::vector<std::int64_t> sizes = {1, 2};
  std::vector<std::string> models, files;
  void fields(Fields& f) {
    f("direct", direct, "direct connections");
    f("hidden", hidden, "hidden size").range(0, 65536);
    f("learning_rate", rate, "step").range(0, 10);
    f("kind", kind, "optimizer").choices({"adam", "sgd"});
    f("sizes", sizes, "sizes").range(1, 9);
    f("models", models, "names").comma_separated();
    f("files", files, "files");
  }
};

class FieldsTest : public testing::Test {
 protected:
  std::string read_error(const char* json) {
    return error_of([&] { fields_of(sample_).read_json(parse_json(json, "test"), "model"); });
  }
  void set(const char* name, std::vector<std::string> texts) {
    fields_of(sample_).find(name)->set_from_texts(texts, "--" + std::string(name));
  }
  std::string set_error(const char* name, std::vector<std::string> texts) {
    return error_of([&] { set(name, std::move(texts)); });
  }
  Sample sample_;
};

TEST_F(FieldsTest, WhatIsWrittenIsReadBack) {
  sample_ = {false, 7, 0.25, "sgd", {3}, {"a", "b"}, {"x,y"}};
  const auto json = fields_of(sample_).to_json();
  Sample other;
  fields_of(other).read_json(json, "");
  EXPECT_EQ(fields_of(other).to_json(), json);
  EXPECT_EQ(json.dump(), R"({"direct":false,"hidden":7,"learning_rate":0.25,"kind":"sgd","sizes":[3],)"
                         R"("models":["a","b"],"files":["x,y"]})");
}

TEST_F(FieldsTest, AnUnknownOrMistypedKeyIsNamedByItsFullPath) {
  EXPECT_EQ(read_error(R"({"hiden": 3})"), "model.hiden: no such option; did you mean 'hidden'?");
  EXPECT_EQ(read_error(R"({"zzzzzzzz": 3})"), "model.zzzzzzzz: no such option");
  EXPECT_THAT(read_error(R"({"hidden": "3"})"), HasSubstr("model.hidden: \"3\" is not a whole number"));
  EXPECT_THAT(read_error(R"({"hidden": 3.5})"), HasSubstr("not a whole number"));
  EXPECT_THAT(read_error(R"({"hidden": true})"), HasSubstr("not a whole number"));
  EXPECT_THAT(read_error(R"({"hidden": null})"), HasSubstr("not a whole number"));
  EXPECT_THAT(read_error(R"({"direct": 1})"), HasSubstr("not true or false"));
  EXPECT_THAT(read_error(R"({"kind": 1})"), HasSubstr("not text"));
  EXPECT_THAT(read_error(R"({"sizes": 1})"), HasSubstr("not a list"));
  EXPECT_THAT(read_error(R"({"sizes": [1, "2"]})"), HasSubstr("not a list of whole numbers"));
  EXPECT_THAT(read_error(R"({"models": "a"})"), HasSubstr("not a list of texts"));
  EXPECT_THAT(read_error("[1]"), HasSubstr("not an object"));
}

TEST_F(FieldsTest, ValuesOutOfRangeAreRefusedAndChangeNothing) {
  EXPECT_EQ(read_error(R"({"hidden": 65537})"), "model.hidden: 65537 is out of range; allowed: 0 … 65536");
  EXPECT_THAT(read_error(R"({"hidden": -1})"), HasSubstr("out of range"));
  EXPECT_THAT(read_error(R"({"hidden": 18446744073709551615})"), HasSubstr("hidden"));
  EXPECT_THAT(read_error(R"({"sizes": [1, 10]})"), HasSubstr("10 is out of range"));
  EXPECT_THAT(read_error(R"({"kind": "adamm"})"), HasSubstr("'adamm' is not known; choose one of adam, sgd"));
  EXPECT_EQ(sample_.hidden, 50);
  EXPECT_THAT(sample_.sizes, ElementsAre(1, 2));
}

TEST_F(FieldsTest, AWholeNumberBeyond63BitsIsRefusedWithoutARangeToo) {
  struct Free {
    std::int64_t seed = 1;
    void fields(Fields& f) { f("seed", seed, "seed"); }
  } free;
  const auto message =
      error_of([&] { fields_of(free).read_json(parse_json(R"({"seed": 18446744073709551615})", "test"), ""); });
  EXPECT_THAT(message, HasSubstr("seed"));
  EXPECT_EQ(free.seed, 1);
}

TEST_F(FieldsTest, TextsOfACommandLineBecomeValues) {
  set("hidden", {"7", "9"});
  EXPECT_EQ(sample_.hidden, 9);  // the last counts
  set("learning_rate", {"1e-3"});
  EXPECT_EQ(sample_.rate, 1e-3);
  set("direct", {"false"});
  EXPECT_FALSE(sample_.direct);
  set("sizes", {"3,4", "5"});
  EXPECT_THAT(sample_.sizes, ElementsAre(3, 4, 5));
  set("models", {"a,b", "c"});
  EXPECT_THAT(sample_.models, ElementsAre("a", "b", "c"));
  set("files", {"a,b", "c"});
  EXPECT_THAT(sample_.files, ElementsAre("a,b", "c"));
  EXPECT_EQ(set_error("hidden", {"7x"}), "--hidden: '7x' is not a whole number");
  EXPECT_EQ(set_error("hidden", {""}), "--hidden: '' is not a whole number");
  EXPECT_THAT(set_error("hidden", {"99999999999999999999"}), HasSubstr("not a whole number"));
  EXPECT_THAT(set_error("learning_rate", {"fast"}), HasSubstr("'fast' is not a number"));
  EXPECT_THAT(set_error("learning_rate", {"nan"}), HasSubstr("out of range"));
  EXPECT_THAT(set_error("learning_rate", {"inf"}), HasSubstr("out of range"));
  EXPECT_THAT(set_error("direct", {"maybe"}), HasSubstr("'maybe' is not true or false"));
}

TEST_F(FieldsTest, TheDocsTableHasARowForEachField) {
  const auto table = fields_of(sample_).markdown();
  EXPECT_THAT(table, HasSubstr("| `hidden` | `50` | 0 … 65536 | hidden size |"));
  EXPECT_THAT(table, HasSubstr("adam\\|sgd"));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 9);
}

TEST(LettersApart, CountsChangesAndSwaps) {
  EXPECT_EQ(letters_apart("train", "train", 9), 0U);
  EXPECT_EQ(letters_apart("trian", "train", 9), 1U);
  EXPECT_EQ(letters_apart("kitten", "sitting", 9), 3U);
  EXPECT_EQ(letters_apart("", "abc", 9), 3U);
  EXPECT_EQ(letters_apart("abcdef", "uvwxyz", 3), 3U);
  EXPECT_EQ(letters_apart("ab", "abcdefgh", 3), 3U);
}

TEST(NearestSpelling, IsFoundIfNearAtAll) {
  const std::vector<std::string> words = {"train", "evaluate", "export", "nearest"};
  EXPECT_EQ(nearest_spelling("trian", words), "train");
  EXPECT_EQ(nearest_spelling("evalute", words), "evaluate");
  EXPECT_EQ(nearest_spelling("xyzzy", words), std::nullopt);
  EXPECT_EQ(nearest_spelling("", words), std::nullopt);
  EXPECT_EQ(nearest_spelling("train", {}), std::nullopt);
}

}  // namespace
}  // namespace zoo
