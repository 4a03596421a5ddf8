// The commands around a Transformer, as a user types them, on texts of a few words.
#include <algorithm>
#include <fstream>

#include "base/json.h"
#include "runs/run_folder.h"
#include "tests/apps/transformer_commands.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

TEST_F(TransformerCommands, TranslateGivesALineForEachLine) {
  const auto trained = train_translation("run", "250");
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto run = RunFolder::open(path("run"));
  EXPECT_TRUE(fs::exists(run.tokenizer_folder() / "source")) << "a tokenizer for each language";
  EXPECT_EQ(run.source_tokenizer()->id("a").has_value(), true);
  EXPECT_EQ(run.tokenizer()->id("A").has_value(), true);
  EXPECT_EQ(run.tokenizer()->id("a").has_value(), false);

  std::ofstream(path("in.txt")) << "a b c\n\n   \nh g\n"
                                <<
      [] {
        std::string longer;
        for (int i = 0; i < 40; ++i) longer += "a ";
        return longer;
      }() << "\nzebra\n";
  const auto result = run_zoo({"translate", "--model", path("run"), "--input", path("in.txt"), "--threads", "1"});
  ASSERT_EQ(result.status, 0) << result.errors;
  std::vector<std::string> lines;
  std::istringstream text(result.output);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 6) << result.output;
  EXPECT_EQ(lines[1], "");
  EXPECT_EQ(lines[2], "");
  EXPECT_EQ(lines[0].find_first_not_of("ABCDEFGH "), std::string::npos) << lines[0];
  EXPECT_THAT(result.errors, HasSubstr("line 5: 41 tokens, the model reads 16; it was translated in 3 parts"));

  const auto json = run_zoo({"translate", "--model", path("run"), "--input", path("in.txt"), "--json", "--n-best", "2",
                             "--threads", "1", "--quiet"});
  ASSERT_EQ(json.status, 0) << json.errors;
  const auto answers = Json::parse(json.output);
  ASSERT_EQ(answers.size(), 6);
  EXPECT_EQ(answers[0]["translation"], lines[0]) << "the best of the same search";
  EXPECT_EQ(answers[0]["hypotheses"].size(), 2);
  EXPECT_EQ(answers[1]["translation"], "");
  EXPECT_EQ(answers[4]["cut"], true);

  EXPECT_EQ(run_zoo({"translate", "--model", path("run"), "--input", path("in.txt"), "--n-best", "5"}).status, 2);
  EXPECT_EQ(run_zoo({"translate", "--model", path("run"), "--input", path("none.txt")}).status, 1);
  const auto steps = run_zoo({"attention", "--model", path("run"), "--explain", "a b c", "--attention", "cross"});
  EXPECT_EQ(steps.status, 0) << steps.errors;
  EXPECT_THAT(steps.output, HasSubstr("cross, block 1 of 1"));
  const auto refused = run_zoo({"generate", "--model", path("run"), "--prompt", "a"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.errors, HasSubstr("gives no probability of the next word; models that can: "));
}

TEST_F(TransformerCommands, ATranslationsTrainingResumesToTheSameBytes) {
  ASSERT_EQ(train_translation("whole", "60").status, 0);
  ASSERT_EQ(train_translation("parts", "30").status, 0);
  const auto resumed = run_zoo({"train", "transformer", "--output", path("parts"), "--resume", "--max-steps", "60",
                                "--threads", "1", "--quiet"});
  ASSERT_EQ(resumed.status, 0) << resumed.errors;
  const auto weights = [&](const std::string& run) {
    return read_file(*RunFolder::open(path(run)).latest_state() / "weights.safetensors");
  };
  EXPECT_EQ(weights("whole"), weights("parts"));
}

TEST_F(TransformerCommands, ATranslationIsValidatedByItsScoreWithBatchesOfTokensAndResumesToTheSameBytes) {
  const auto train_by = [&](const std::string& run, const std::string& steps) {
    return train(run, {"--architecture", "encoder-decoder", "--source", write_text("a.txt", false), "--target",
                       write_text("b.txt", true), "--batch-tokens", "300", "--epochs", "40", "--validate-by", "chrf",
                       "--validate-every", "20", "--average-last", "2", "--max-steps", steps});
  };
  const auto trained = train_by("whole", "60");
  ASSERT_EQ(trained.status, 0) << trained.errors;
  std::ifstream metrics(path("whole/metrics.jsonl"));
  std::vector<double> scores;
  for (std::string line; std::getline(metrics, line);) {
    const auto json = Json::parse(line);
    if (json.contains("valid_chrf")) scores.push_back(json["valid_chrf"]);
  }
  ASSERT_EQ(scores.size(), 3u);
  const auto outcome = RunFolder::open(path("whole")).config()["outcome"];
  EXPECT_EQ(outcome["best_valid_score"], *std::max_element(scores.begin(), scores.end()));
  EXPECT_EQ(Json::parse(run_zoo({"info", path("whole"), "--json"}).output)["metrics"]["best"]["valid_chrf"],
            outcome["best_valid_score"]);
  ASSERT_EQ(train_by("parts", "30").status, 0);
  const auto resumed = run_zoo({"train", "transformer", "--output", path("parts"), "--resume", "--max-steps", "60",
                                "--threads", "1", "--quiet"});
  ASSERT_EQ(resumed.status, 0) << resumed.errors;
  for (const auto* file : {"weights.safetensors", "optimizer.safetensors"}) {
    EXPECT_EQ(read_file(*RunFolder::open(path("whole")).latest_state() / file),
              read_file(*RunFolder::open(path("parts")).latest_state() / file));
  }
  const auto text = write_text("a.txt", false);
  const auto by_bleu = train("lm", {"--input", text, "--validate-by", "bleu"});
  EXPECT_EQ(by_bleu.status, 2);
  EXPECT_THAT(by_bleu.errors, HasSubstr("validate_by"));
  const auto by_tokens = train("lm", {"--input", text, "--batch-tokens", "100"});
  EXPECT_EQ(by_tokens.status, 2);
  EXPECT_THAT(by_tokens.errors, HasSubstr("batch_size"));
}

TEST_F(TransformerCommands, TextsThatDoNotGoTogetherAreRefused) {
  const auto text = write_text("a.txt", false);
  std::ofstream(path("short.txt")) << "A\nB\n";
  const auto both = [&](const std::string& source, const std::string& target, const std::string& architecture) {
    return train("run", {"--architecture", architecture, "--source", source, "--target", target});
  };
  const auto uneven = both(text, path("short.txt"), "encoder-decoder");
  EXPECT_EQ(uneven.status, 1);
  EXPECT_THAT(uneven.errors, HasSubstr("short.txt"));
  EXPECT_EQ(both(text, text, "decoder").status, 2);
  const auto one = train("run", {"--architecture", "encoder-decoder", "--input", text});
  EXPECT_EQ(one.status, 2);
  EXPECT_THAT(one.errors, HasSubstr("--source FILE --target FILE"));
  EXPECT_EQ(train("run", {"--architecture", "encoder-decoder", "--source", text}).status, 2);
  EXPECT_EQ(train("run", {"--input", text, "--source", text, "--target", text}).status, 2);
  const auto other = run_zoo({"train", "nnlm", "--source", text, "--target", text, "--output", path("run"), "--quiet"});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.errors, HasSubstr("--input"));
  EXPECT_FALSE(RunFolder::is_run(path("run")));
}

TEST_F(TransformerCommands, GenerateGoesOnAndAttentionExplains) {
  const auto text = write_text("a.txt", false);
  const auto trained = train("run", {"--input", text, "--batch-size", "8", "--epochs", "20", "--max-steps", "60"});
  ASSERT_EQ(trained.status, 0) << trained.errors;
  const auto generated = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"generate", "--model", path("run"), "--threads", "1", "--quiet", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto result = run_zoo(words);
    EXPECT_EQ(result.status, 0) << result.errors;
    return Json::parse(result.output);
  };
  const auto first = generated({"--prompt", "a b\nc", "--max-new-tokens", "40", "--seed", "3"});
  EXPECT_EQ(first["prompt_tokens"], 4) << "the line end is one";
  EXPECT_EQ(first["new_tokens"], 40) << "more than the context holds";
  EXPECT_EQ(first["ids"].size(), 44);
  EXPECT_THAT(first["text"].get<std::string>(), HasSubstr("a b\nc"));
  EXPECT_EQ(first, generated({"--prompt", "a b\nc", "--max-new-tokens", "40", "--seed", "3"}));
  EXPECT_NE(first, generated({"--prompt", "a b\nc", "--max-new-tokens", "40", "--seed", "4"}));
  const auto greedy = generated({"--prompt", "a", "--max-new-tokens", "9", "--temperature", "0", "--seed", "3"});
  EXPECT_EQ(greedy, generated({"--prompt", "a", "--max-new-tokens", "9", "--top-k", "1", "--seed", "4"}));
  for (const std::string precision : {"bf16", "int8"}) {
    const auto rounded = generated({"--prompt", "a", "--max-new-tokens", "9", "--precision", precision});
    EXPECT_EQ(rounded["new_tokens"], 9);
  }
  const std::string ngram = std::string(ZOO_SOURCE_DIR) + "/tests/data/runs/0.1.0/ngram";
  const auto refused = run_zoo({"generate", "--model", ngram, "--prompt", "the", "--precision", "int8"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("float32 only"));
  EXPECT_EQ(generated({"--max-new-tokens", "50", "--lines", "2"})["text"].get<std::string>().back(), '\n');

  const auto ids = generated({"--prompt-ids", "3 5 6", "--max-new-tokens", "5", "--temperature", "0"});
  EXPECT_EQ(ids["ids"].size(), 8);
  fs::remove_all(fs::path(path("run")) / "tokenizer");
  const auto bare = generated({"--prompt-ids", "3 5 6", "--max-new-tokens", "5", "--temperature", "0"});
  EXPECT_EQ(bare["ids"], ids["ids"]) << "ids need no tokenizer";
  EXPECT_EQ(bare["text"], nullptr);
  EXPECT_EQ(run_zoo({"generate", "--model", path("run"), "--prompt-ids", "5 x"}).status, 2);
  EXPECT_EQ(run_zoo({"generate", "--model", path("run"), "--prompt-ids", "5 999"}).status, 2);
  EXPECT_EQ(run_zoo({"generate", "--model", path("run"), "--prompt", "a"}).status, 1);
}

TEST_F(TransformerCommands, TranslationIsScoredAgainstItsReference) {
  const auto trained = train_translation("run", "250");
  ASSERT_EQ(trained.status, 0) << trained.errors;
  std::ofstream(path("in.txt")) << "a b c\n\nh g\n\nd e f g\n";
  std::ofstream(path("ref.txt")) << "A B C\n\nH G\n\nD E F G\n";
  const auto evaluate = [&](const std::string& reference, std::vector<std::string> more) {
    std::vector<std::string> words = {"evaluate", "--model",      path("run"), "--task", "translation",
                                      "--input",  path("in.txt"), "--threads", "1",      "--quiet"};
    if (!reference.empty()) words.insert(words.end(), {"--reference", path(reference)});
    words.insert(words.end(), more.begin(), more.end());
    return run_zoo(words);
  };
  const auto result = evaluate("ref.txt", {"--json", "--beam", "2", "--shown", "2"});
  ASSERT_EQ(result.status, 0) << result.errors;
  const auto scores = Json::parse(result.output);
  EXPECT_EQ(scores["sentences"], 3) << "empty lines are left out";
  EXPECT_EQ(scores["signature"], "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
  EXPECT_GT(scores["bleu"].get<double>(), 0);
  EXPECT_LE(scores["bleu"].get<double>(), 100 + 1e-9);
  EXPECT_EQ(scores["reference_words"], 9);
  EXPECT_GT(scores["sentences_per_second"].get<double>(), 0);
  ASSERT_EQ(scores["samples"].size(), 2);
  EXPECT_EQ(scores["samples"][1]["source"], "h g");
  EXPECT_EQ(scores["samples"][1]["reference"], "H G");
  EXPECT_THAT(evaluate("ref.txt", {}).output, HasSubstr("translation  "));
  EXPECT_GT(scores["chrf"].get<double>(), 0);
  EXPECT_GE(scores["ter"].get<double>(), 0);
  EXPECT_EQ(scores["signatures"]["TER"], "nrefs:1|case:lc|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0");
  const auto same = evaluate("ref.txt", {"--json", "--against", path("run"), "--bleu-tokenizer", "char"});
  ASSERT_EQ(same.status, 0) << same.errors;
  const auto against = Json::parse(same.output)["against"];
  EXPECT_EQ(against["significance"]["chrF2"]["p_value"], 1) << "the same run";
  EXPECT_EQ(against["significance"]["BLEU"]["score"], Json::parse(same.output)["bleu"]);
  EXPECT_EQ(evaluate("ref.txt", {"--against", path("nowhere")}).status, 1);
  EXPECT_EQ(evaluate("ref.txt", {"--bleu-tokenizer", "moses"}).status, 2);

  std::ofstream(path("short.txt")) << "A B C\n";
  const auto uneven = evaluate("short.txt", {});
  EXPECT_EQ(uneven.status, 1);
  EXPECT_THAT(uneven.errors, HasSubstr("short.txt: 1 lines, but --input"));
  std::ofstream(path("nothing.txt")) << "\n\n\n";
  EXPECT_EQ(evaluate("nothing.txt", {}).status, 1);
  EXPECT_EQ(evaluate("missing.txt", {}).status, 1);
  EXPECT_EQ(evaluate("", {}).status, 2) << "no reference";
  std::ofstream(path("binary.txt"), std::ios::binary) << std::string("A\0B\nC\nD\nE\nF\n", 13);
  EXPECT_EQ(evaluate("binary.txt", {}).status, 1);
  EXPECT_EQ(run_zoo({"evaluate", "--model", path("run"), "--task", "perplexity", "--input", path("in.txt"),
                     "--reference", path("ref.txt")})
                .status,
            2);
}

TEST_F(TransformerCommands, TranslateBeginsWithWhatIsGivenAndScoresWhatIsGivenWhole) {
  const auto trained = train_translation("run", "60");
  ASSERT_EQ(trained.status, 0) << trained.errors;
  std::ofstream(path("in.txt")) << "a b c\nh g\n";
  std::ofstream(path("begin.txt")) << "H\n\n";
  std::ofstream(path("whole.txt")) << "A B C\nH G\n";
  std::ofstream(path("short.txt")) << "A B C\n";
  const auto translate = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"translate",    "--model",   path("run"), "--input",
                                      path("in.txt"), "--threads", "1",         "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return run_zoo(words);
  };
  const auto begun = translate({"--prefix", path("begin.txt")});
  ASSERT_EQ(begun.status, 0) << begun.errors;
  EXPECT_EQ(begun.output.substr(0, 1), "H");
  const auto scored = translate({"--target", path("whole.txt")});
  ASSERT_EQ(scored.status, 0) << scored.errors;
  EXPECT_LT(std::stod(scored.output), 0);
  EXPECT_THAT(scored.output, HasSubstr("\tA B C\n"));
  const auto uneven = translate({"--target", path("short.txt")});
  EXPECT_EQ(uneven.status, 1);
  EXPECT_THAT(uneven.errors, HasSubstr("has fewer lines"));
  EXPECT_EQ(translate({"--target", path("whole.txt"), "--prefix", path("begin.txt")}).status, 2);
  const auto once = translate({"--no-repeat", "1"});
  EXPECT_EQ(once.status, 0) << once.errors;

  const auto scores = translate({"--n-best", "2", "--scores"});
  ASSERT_EQ(scores.status, 0) << scores.errors;
  std::vector<std::string> lines;
  std::istringstream text(scores.output);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 6u) << "two lines of two, an empty one behind each\n" << scores.output;
  EXPECT_GE(std::stod(lines[0]), std::stod(lines[1]));
  EXPECT_EQ(lines[2], "");
  const auto best = translate({}).output;
  EXPECT_EQ(lines[0].substr(lines[0].find('\t') + 1), best.substr(0, best.find('\n')));

  const auto drawn = [&](const std::string& seed, const std::string& batch) {
    const auto result = translate({"--sample", "--temperature", "2", "--seed", seed, "--batch-size", batch});
    EXPECT_EQ(result.status, 0) << result.errors;
    return result.output;
  };
  EXPECT_EQ(drawn("1", "1"), drawn("1", "64"));
  EXPECT_NE(drawn("1", "64"), drawn("2", "64"));
  EXPECT_EQ(translate({"--sample", "--temperature", "0"}).output, translate({"--beam", "1"}).output);
  EXPECT_EQ(translate({"--top-k", "3"}).status, 2) << "without --sample";
  EXPECT_EQ(translate({"--sample", "--beam", "3"}).status, 2);
  EXPECT_EQ(translate({"--batch-size", "1"}).output, translate({"--batch-size", "64"}).output);

  for (const std::string precision : {"bf16", "int8"}) {  // what was learnt by heart stands far above the rest
    EXPECT_EQ(translate({"--precision", precision}).output, best) << precision;
  }
  EXPECT_NE(translate({"--target", path("whole.txt"), "--precision", "int8"}).output, scored.output);
  const auto unknown = translate({"--precision", "int4"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("--precision"));

  // Longer than the model's 16 tokens: sentence by sentence, and the empty lines stay.
  std::ofstream(path("long.txt")) << "\na b c . d e f g h . a b c d . e f g h . a b .\n\nh g\n\n";
  const auto parts =
      run_zoo({"translate", "--model", path("run"), "--input", path("long.txt"), "--threads", "1", "--json"});
  ASSERT_EQ(parts.status, 0) << parts.errors;
  const auto json = Json::parse(parts.output);
  ASSERT_EQ(json.size(), 5u);
  EXPECT_EQ(json[1]["parts"], 5);
  EXPECT_EQ(json[1]["cut"], false);
  EXPECT_EQ(json[0]["translation"], "");
  EXPECT_EQ(json[2]["translation"], "");
  EXPECT_EQ(json[4]["translation"], "");
  EXPECT_THAT(parts.errors, Not(HasSubstr("line 2")));
}

}  // namespace
}  // namespace zoo
