// ARPA files of and for n-gram models, against files made in Python and what KenLM says of them
// (tests/parity/make_arpa.py).
#include "models/ngram/arpa.h"

#include <fmt/ranges.h>

#include <cmath>
#include <fstream>
#include <map>

#include "base/files.h"
#include "base/json.h"
#include "formats/arpa.h"
#include "models/ngram/ngram.h"
#include "models/saved_model.h"
#include "tests/models/ngram/trained.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tokenizers/vocabulary.h"
#include "tokenizers/word_tokenizer.h"

namespace zoo::ngram {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

const fs::path kData = fs::path(ZOO_SOURCE_DIR) / "tests/data/ngram";
const double kLog10 = std::log(10.0);

using Entries = std::map<std::string, std::pair<double, double>>;  // words → log10 p, log10 back-off (0: none)

Entries entries_of(const fs::path& path) {
  Entries entries;
  ArpaFile file(path);
  for (int length = 1; length <= file.order(); ++length) {
    file.read_section([&](const ArpaNgram& ngram) {
      entries[fmt::format("{}", fmt::join(ngram.words, " "))] = {ngram.probability, ngram.back_off.value_or(0)};
    });
  }
  return entries;
}

void expect_same(const fs::path& path, const fs::path& wanted, double tolerance) {
  const Entries got = entries_of(path), expected = entries_of(wanted);
  EXPECT_EQ(got.size(), expected.size());
  for (const auto& [words, numbers] : expected) {
    const auto found = got.find(words);
    ASSERT_NE(found, got.end()) << words;
    EXPECT_NEAR(found->second.first, numbers.first, tolerance) << words;
    EXPECT_NEAR(found->second.second, numbers.second, tolerance) << words;
  }
}

class ArpaModels : public testing::Test {
 protected:
  std::string path(const char* name) const { return (folder_.path() / name).string(); }

  /// w5 … as make_arpa.py names the ids.
  std::shared_ptr<const Tokenizer> tokenizer(std::int64_t size, const std::string& last = "") const {
    std::string table;
    for (const auto piece : kSpecialPieces) table += fmt::format("{}\t1\n", piece);
    for (std::int64_t id = kSpecialTokens; id < size; ++id) {
      table += id + 1 == size && !last.empty() ? last + "\t1\n" : fmt::format("w{}\t1\n", id);
    }
    write_file_atomically(path("words.tsv"), table);
    return std::make_shared<WordTokenizer>(Vocabulary::load(path("words.tsv")), false, false);
  }
  SavedModel imported(const fs::path& arpa, const char* run, const fs::path& tokenizer = {}) const {
    import_arpa({arpa, tokenizer, true}, path(run));
    const std::vector<const ModelKind*> kinds = {&kind()};
    return load_run(path(run), kinds);
  }
  /// The file with one text in place of another, and the error that importing it gives.
  std::string refusal(const fs::path& arpa, const std::string& from, const std::string& to,
                      const fs::path& tokenizer = {}) const {
    auto text = read_file(arpa);
    const auto place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    std::ofstream(path("bad.arpa")) << text.replace(place, from.size(), to);
    const auto error = error_of([&] { import_arpa({path("bad.arpa"), tokenizer, true}, path("bad")); });
    EXPECT_FALSE(fs::exists(path("bad"))) << error;
    return error;
  }
  TemporaryFolder folder_;
};

TEST_F(ArpaModels, AnExportedModelIsTheOneThatKenlmScored) {
  const Json golden = read_json(kData / "arpa.json")["kneser_ney"];
  const auto size = golden["vocabulary"].get<std::int64_t>();
  const auto model = trained("kneser-ney", golden["order"].get<std::int64_t>(),
                             corpus_of(golden["ids"].get<std::vector<TokenId>>(), size));
  const auto counts = write_arpa(dynamic_cast<Ngram&>(*model), *tokenizer(size), path("own.arpa"));
  EXPECT_EQ(counts, ArpaFile(path("own.arpa")).counts());
  expect_same(path("own.arpa"), kData / "kneser_ney.arpa", 2e-6);
}

TEST_F(ArpaModels, AnImportedStreamIsScoredAsByKenlm) {
  const Json golden = read_json(kData / "arpa.json")["kneser_ney"];
  const auto saved = imported(kData / "kneser_ney.arpa", "run");
  EXPECT_EQ(saved.config["model"]["smoothing"], "back-off");
  EXPECT_EQ(saved.config["model"]["order"], golden["order"]);
  std::vector<TokenId> test;
  for (const TokenId id : golden["test"].get<std::vector<TokenId>>()) {
    test.push_back(id < kSpecialTokens ? id : *saved.tokenizer->id(fmt::format("w{}", id)));
  }
  const auto scores = scores_of(*saved.model, corpus_of(test, saved.vocabulary), 11);
  ASSERT_EQ(scores.size(), golden["scores"].size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_NEAR(scores[i], golden["scores"][i].get<double>() * kLog10, 2e-5) << i;
  }
}

TEST_F(ArpaModels, SentencesOfAForeignFileAreScoredAsByKenlm) {
  const Json golden = read_json(kData / "arpa.json")["back_off"];
  const auto saved = imported(kData / "back_off.arpa", "run");
  for (std::size_t i = 0; i < golden["sentences"].size(); ++i) {
    auto ids = saved.tokenizer->encode(golden["sentences"][i].get<std::string>());
    ids.push_back(kEnd);
    double sum = 0;
    for (const double score : scores_of(*saved.model, corpus_of(ids, saved.vocabulary), 512)) sum += score;
    EXPECT_NEAR(sum, golden["scores"][i].get<double>() * kLog10, 1e-4) << golden["sentences"][i];
  }
  // Sentences one after the other score the same: nothing is carried over </s>.
  std::vector<TokenId> all;
  double wanted = 0, got = 0;
  for (std::size_t i = 0; i < golden["sentences"].size(); ++i) {
    saved.tokenizer->encode(golden["sentences"][i].get<std::string>(), all);
    all.push_back(kEnd);
    wanted += golden["scores"][i].get<double>() * kLog10;
  }
  for (const double score : scores_of(*saved.model, corpus_of(all, saved.vocabulary), 64)) got += score;
  EXPECT_NEAR(got, wanted, 1e-3);
}

TEST_F(ArpaModels, ComeBackAsTheyWere) {
  const auto saved = imported(kData / "kneser_ney.arpa", "run");
  write_arpa(dynamic_cast<Ngram&>(*saved.model), *saved.tokenizer, path("again.arpa"));
  expect_same(path("again.arpa"), kData / "kneser_ney.arpa", 2e-6);
  const Tensor next = saved.model->next_word()->next(torch::tensor({{3, 9, 7}})).to(torch::kDouble).exp();
  EXPECT_NEAR(next.sum().item<double>(), 1, 1e-5);
}

TEST_F(ArpaModels, TakeTheTokenizerThatIsGiven) {
  const auto own = tokenizer(40);
  save_tokenizer(*own, path("tokenizer"));
  const auto saved = imported(kData / "kneser_ney.arpa", "run", path("tokenizer"));
  EXPECT_EQ(saved.tokenizer->fingerprint(), own->fingerprint());
  const Json golden = read_json(kData / "arpa.json")["kneser_ney"];
  const auto scores = scores_of(*saved.model, corpus_of(golden["test"].get<std::vector<TokenId>>(), 40), 512);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    EXPECT_NEAR(scores[i], golden["scores"][i].get<double>() * kLog10, 2e-5) << i;
  }
  save_tokenizer(*tokenizer(39), path("smaller"));
  EXPECT_THAT(error_of([&] {
                import_arpa({kData / "kneser_ney.arpa", path("smaller"), true}, path("bad"));
              }),
              AllOf(HasSubstr("kneser_ney.arpa: line "), HasSubstr("'w39' is no piece")));
  save_tokenizer(*tokenizer(42), path("larger"));
  EXPECT_THAT(warnings_of([&] {
                import_arpa({kData / "kneser_ney.arpa", path("larger"), true}, path("more"));
              }),
              HasSubstr("2 of the vocabulary's 42 tokens have no probability there"));
}

TEST_F(ArpaModels, RefuseFilesWhoseNgramsDoNotFitTogether) {
  const auto arpa = kData / "back_off.arpa";
  const auto text = read_file(arpa);
  const auto line_of = [&](const std::string& what) {
    return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(text.find(what)), '\n');
  };
  const auto bigrams = text.find("\\2-grams:\n") + 10;
  const auto first = text.substr(bigrams, text.find('\n', bigrams) - bigrams);  // a bigram, whole
  const auto second_begin = bigrams + first.size() + 1;
  const auto second = text.substr(second_begin, text.find('\n', second_begin) - second_begin);
  EXPECT_THAT(refusal(arpa, second + "\n", first + "\n"),
              AllOf(HasSubstr(fmt::format("line {}: ", line_of(second))), HasSubstr("2-gram stands in line")));
  EXPECT_THAT(refusal(arpa, "\tdog\t", "\tcat\t"), HasSubstr("stands among the 1-grams twice"));
  EXPECT_THAT(refusal(arpa, "\tdog\t", "\thound\t"), HasSubstr("'dog' is not among the 1-grams"));
  EXPECT_THAT(refusal(arpa, "\tdog\t", "\t\xFF\xFE\t"), HasSubstr("not UTF-8"));
  EXPECT_THAT(refusal(arpa, "\tdog\t2.023059", "\tdog"),
              AllOf(HasSubstr(fmt::format("line {}: ", line_of("\tdog\t"))), HasSubstr("back-off weight is missing")));
  EXPECT_THAT(refusal(arpa, "\tthe cat\t", "\tthe <unk>\t"), HasSubstr("first 2 words are no 2-gram of the file"));
  EXPECT_THAT(refusal(arpa, "ngram 3=", "ngram 3=9"), HasSubstr("line 4"));
}

TEST_F(ArpaModels, SayWhereProbabilitiesDoNotSumToOne) {
  auto text = read_file(kData / "back_off.arpa");
  text.replace(text.find("\tdog\t2.023059"), 13, "\tdog\t3.023059");
  std::ofstream(path("odd.arpa")) << text;
  EXPECT_THAT(warnings_of([&] {
                import_arpa({path("odd.arpa"), {}, true}, path("run"));
              }),
              AllOf(HasSubstr("probabilities after"), HasSubstr("not to one")));
  EXPECT_EQ(warnings_of([&] {
              import_arpa({kData / "back_off.arpa", {}, true}, path("good"));
            }).find("not to one"),
            std::string::npos);
}

TEST_F(ArpaModels, CannotBeMadeOfDeletedInterpolationNorOfPiecesWithGaps) {
  const Corpus corpus = corpus_of({5, 6, 7, kEnd, 5, 6, kEnd}, 9);
  const auto interpolated = trained("deleted-interpolation", 3, corpus);
  EXPECT_THAT(error_of([&] { write_arpa(dynamic_cast<Ngram&>(*interpolated), *tokenizer(9), path("x.arpa")); }),
              HasSubstr("no back-off form"));
  const auto model = trained("kneser-ney", 2, corpus);
  EXPECT_THAT(error_of([&] { write_arpa(dynamic_cast<Ngram&>(*model), *tokenizer(9, "New York"), path("x.arpa")); }),
              HasSubstr("'New York') holds a gap"));
  EXPECT_FALSE(fs::exists(path("x.arpa")));
}

TEST_F(ArpaModels, CannotBeTrained) {
  const auto model = kind().create(Json{{"smoothing", "back-off"}}, VocabularyFacts{9, {}});
  EXPECT_EQ(model->self_trained(), nullptr);
  EXPECT_NE(model->next_word(), nullptr);
}

}  // namespace
}  // namespace zoo::ngram
