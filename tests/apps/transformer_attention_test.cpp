// zoo attention, as a user types it.
#include <cmath>

#include "base/json.h"
#include "tests/apps/transformer_commands.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using testing::HasSubstr;

TEST_F(TransformerCommands, AttentionShowsEveryStepForATrainedModel) {
  const auto trained =
      train("run", {"--input", write_text("a.txt", false), "--architecture", "encoder", "--max-steps", "5"});
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto shown = run_zoo({"attention", "--model", path("run"), "--explain", "a b h", "--word", "b", "--head", "2"});
  ASSERT_EQ(shown.status, 0) << shown.errors;
  for (const auto* part : {"encoder, block 1 of 1, head 2 of 2", "query", "key", "value", "q · k", "÷ √d", "softmax",
                           "The query of 'b'", "added up"}) {
    EXPECT_THAT(shown.output, HasSubstr(part));
  }
  const auto result = run_zoo({"attention", "--model", path("run"), "--explain", "a b h", "--json", "--quiet"});
  const auto json = Json::parse(result.output);
  EXPECT_EQ(json["keys"], (Json{"a", "b", "h", "</s>"}));
  double sum = 0, scaled = 0;
  for (const auto& weight : json["weights"][1]) sum += weight.get<double>();
  EXPECT_NEAR(sum, 1, 1e-6);
  for (std::size_t i = 0; i < 8; ++i) {
    scaled += json["query"][1][i].get<double>() * json["key"][2][i].get<double>() / std::sqrt(8.0);
  }
  EXPECT_NEAR(json["scaled"][1][2].get<double>(), scaled, 1e-5);
  EXPECT_EQ(run_zoo({"attention", "--model", path("run"), "--explain", "a", "--layer", "2"}).status, 2);
  EXPECT_EQ(run_zoo({"attention", "--model", path("run"), "--explain", "a", "--word", "q"}).status, 2);
  EXPECT_EQ(run_zoo({"attention", "--model", path("run"), "--explain", "  "}).status, 2);
  EXPECT_EQ(run_zoo({"translate", "--model", path("run"), "--input", path("a.txt")}).status, 1);
}

TEST_F(TransformerCommands, AttentionIsWrittenAsAPage) {
  const auto trained = train_translation("run", "20");
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto page = path("attention.html");
  const auto result = run_zoo(
      {"attention", "--model", path("run"), "--text", "a b </script> c", "--output", page, "--json", "--threads", "1"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto text = read_file(page);
  EXPECT_THAT(text, HasSubstr("a b &lt;/script&gt; c"));
  EXPECT_THAT(text, HasSubstr("default-src 'none'"));
  const auto json = Json::parse(result.output);
  ASSERT_EQ(json["attentions"].size(), 3) << "encoder, decoder, cross";
  for (const auto& attention : json["attentions"]) {
    SCOPED_TRACE(attention["name"].get<std::string>());
    ASSERT_EQ(attention["layers"].size(), 1);
    ASSERT_EQ(attention["layers"][0].size(), 2) << "heads";
    for (const auto& head : attention["layers"][0]) {
      ASSERT_EQ(head.size(), attention["queries"].size());
      for (std::size_t i = 0; i < head.size(); ++i) {
        ASSERT_EQ(head[i].size(), attention["keys"].size());
        double sum = 0;
        for (const auto& weight : head[i]) sum += weight.is_null() ? 0 : weight.get<double>();
        EXPECT_NEAR(sum, 1, 1e-3);
      }
    }
  }
  EXPECT_TRUE(json["attentions"][1]["layers"][0][0][0][1].is_null()) << "a decoder's first word sees no later one";
  EXPECT_EQ(json["attentions"][2]["queries"][0], "<s>");
  EXPECT_EQ(json["attentions"][2]["query_special"][0], true);
  EXPECT_EQ(json["attentions"][2]["key_special"][0], false);
  EXPECT_EQ(json["attentions"][0]["key_words"][2], 2);
  const auto one =
      run_zoo({"attention", "--model", path("run"), "--text", "a", "--attention", "cross", "--json", "--quiet"});
  EXPECT_EQ(Json::parse(one.output)["attentions"].size(), 1);

  EXPECT_EQ(run_zoo({"attention", "--model", path("run"), "--text", "a"}).status, 2) << "neither page nor JSON";
  EXPECT_EQ(run_zoo({"attention", "--model", path("run")}).status, 2);
  EXPECT_EQ(run_zoo({"attention", "--model", path("run"), "--text", "a", "--explain", "a"}).status, 2);
  EXPECT_EQ(run_zoo({"attention", "--model", path("run"), "--explain", "a", "--output", page}).status, 2);
  const auto refused =
      run_zoo({"attention", "--model", path("run"), "--text", "a", "--output", path("none/page.html")});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.errors, HasSubstr("none"));
}

}  // namespace
}  // namespace zoo
