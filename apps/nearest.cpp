#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "apps/nearest/batch.h"
#include "apps/nearest/questions.h"
#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/process.h"
#include "vectors/neighbours.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

struct NearestOptions {
  std::string model, in_context, missing, vector, queries, ask = "nearest", method = "3cosadd", index;
  std::vector<std::string> analogy, odd, similarity, distance;
  std::int64_t top = 10, restrict_to = 0, threads = 0, candidates = 100;
  bool skip_unknown = false, json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model,
      "a run folder, or a file of word vectors: word2vec, fastText .bin or .vec, GloVe, .npy, safetensors");
    f("analogy", analogy, "three words A B C: A is to B as C is to …");
    f("method", method, "how analogies are answered: b − a + c, or by products (Levy & Goldberg 2014)")
        .choices({"3cosadd", "3cosmul"});
    f("odd", odd, "words, of which the one is found that does not belong to the others");
    f("similarity", similarity, "two words, or two sentences in quotes: the cosine of their words' mean directions");
    f("distance", distance, "two sentences in quotes: the word mover's distance (Kusner et al. 2015)");
    f("vector", vector, "the words nearest to a vector: \"0.1 -0.2 …\"");
    f("queries", queries, "a file with a question a line (- for standard input), answered one after the other");
    f("ask", ask,
      "what the lines of --queries hold: nearest: a word; analogy: three words; odd: words; similarity, distance: two "
      "words, or two sentences with a tab between; vector: numbers")
        .choices(ask_names());
    f("skip_unknown", skip_unknown, "go on behind a line of --queries that has no answer, which stops else");
    f("in_context", in_context,
      "a sentence with a word in stars, \"the *play* was long\": occurrences in a text like that one; zoo nearest "
      "in-context --help shows its options");
    f("missing", missing,
      "a sentence with a gap, \"the ___ was long\": the likeliest words for it; zoo nearest missing --help shows its "
      "options");
    f("top", top, "how many neighbours").range(1, 1'000'000);
    f("restrict", restrict_to, "look only among the so many most frequent words (0: all)").range(0, 1e12);
    f("index", index,
      "a file with a graph of the vectors (HNSW: Malkov & Yashunin 2018), made there where it is missing: for "
      "many questions to many vectors; the answers are nearly always the right words");
    f("candidates", candidates,
      "words that a search in the graph of --index keeps in mind: more find the right ones "
      "more often")
        .range(1, 1'000'000);
    f("threads", threads, "0: all cores").range(0, 4096);
    f("json", json, "print the result as JSON; with --queries an object a line");
    f("quiet", quiet, "print nothing but the result");
  }
};

/// The one kind of question that was asked, in its parts; none where they stand in a file. Throws UsageError.
std::vector<Question> questions_of(const NearestOptions& options, const std::vector<std::string>& words) {
  const int kinds = !words.empty() + !options.analogy.empty() + !options.odd.empty() + !options.similarity.empty() +
                    !options.distance.empty() + !options.vector.empty() + !options.queries.empty();
  if (kinds != 1) {
    fail_usage("give words, or one of --analogy A B C, --odd, --similarity, --distance, --vector and --queries FILE");
  }
  const auto need_two = [](const char* name, const std::vector<std::string>& given) {
    if (given.size() != 2) {
      fail_usage("--{}: {} parts, two are needed; put sentences in quotes: 'the king spoke' 'the queen was silent'",
                 name, given.size());
    }
  };
  if (!options.analogy.empty() && options.analogy.size() != 3) {
    fail_usage("--analogy: {} words, three are needed: man king woman", options.analogy.size());
  }
  if (!options.odd.empty() && options.odd.size() < 3) {
    fail_usage("--odd: {} words, at least three are needed: breakfast cereal dinner lunch", options.odd.size());
  }
  if (!options.similarity.empty()) need_two("similarity", options.similarity);
  if (!options.distance.empty()) need_two("distance", options.distance);
  if (!options.analogy.empty()) return {{Ask::analogy, options.analogy}};
  if (!options.odd.empty()) return {{Ask::odd, options.odd}};
  if (!options.similarity.empty()) return {{Ask::similarity, options.similarity}};
  if (!options.distance.empty()) return {{Ask::distance, options.distance}};
  if (!options.vector.empty()) return {{Ask::vector, {options.vector}}};
  std::vector<Question> questions;
  for (const auto& word : words) questions.push_back({Ask::nearest, {word}});
  return questions;
}

void check_companions(const NearestOptions& options, const CommandLine& line) {
  if (options.queries.empty()) {
    if (line.given("ask")) fail_usage("--ask: goes with --queries FILE");
    if (line.given("skip_unknown")) fail_usage("--skip-unknown: goes with --queries FILE");
  }
  if (line.given("candidates") && options.index.empty()) fail_usage("--candidates: goes with --index FILE");
  if (line.given("method") && options.analogy.empty() && options.ask != "analogy") {
    fail_usage("--method: goes with --analogy, and with --queries FILE --ask analogy");
  }
}

/// The graph in --index, or a new one that is left there.
std::shared_ptr<const GraphIndex> graph_for(const NeighbourSearch& search, const NearestOptions& options) {
  const auto graph = [&] {
    if (std::filesystem::exists(status_of(options.index))) {
      return GraphIndex::open(options.index, search.table(), search.rows());
    }
    const AtomicFile writable(options.index);  // or it is said now, not when the graph is done
    catch_interrupts();
    auto made = GraphIndex::build(search.table(), search.rows(), static_cast<int>(options.threads));
    made.save(options.index);
    return made;
  };
  auto index = std::make_shared<GraphIndex>(graph());
  index->set_candidates(options.candidates);
  return index;
}

/// A word in its sentence needs a model: programs of their own do that, so that this one answers without LibTorch.
void leave_sentences_to_sister(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  for (const std::string option : {"--in-context", "--missing"}) {
    const auto asks = [&](const std::string& word) { return word == option || word.starts_with(option + '='); };
    if (std::any_of(given.begin(), given.end(), asks)) become_sister("zoo-nearest-" + option.substr(2), given);
  }
}

int body(int argc, char** argv) {
  leave_sentences_to_sister(argc, argv);
  NearestOptions options;
  std::vector<std::string> words;
  CommandLine line({"zoo nearest",
                    "Questions to word vectors: neighbours by cosine, analogies, the odd one out, how alike.",
                    "zoo nearest --model runs/word2vec king queen\n"
                    "  zoo nearest --model vectors.bin --analogy man king woman --method 3cosmul\n"
                    "  zoo nearest --model vectors.bin --odd breakfast cereal dinner lunch\n"
                    "  zoo nearest --model cc.en.300.bin --similarity 'the king spoke' 'the queen was silent'\n"
                    "  zoo nearest --model vectors.bin --queries words.txt --restrict 30000 --json > neighbours.jsonl\n"
                    "  zoo nearest --model runs/elmo --in-context 'the *play* was long'\n"
                    "  zoo nearest --model runs/elmo --missing 'the ___ was long'"});
  line.add("Options", fields_of(options));
  line.add_positional("WORD…", words, "whose neighbours to find");
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.model.empty()) fail_usage("--model: give a run folder or a file of word vectors");
  const auto questions = questions_of(options, words);
  check_companions(options, line);
  NeighbourSearch search(open_vectors(options.model), options.restrict_to);
  if (!options.index.empty()) search.use(graph_for(search, options));
  const AnswerOptions how = {.top = options.top,
                             .method = options.method == "3cosmul" ? AnalogyMethod::multiply : AnalogyMethod::add,
                             .threads = static_cast<int>(options.threads)};
  if (!options.queries.empty()) {
    answer_file(search,
                {.file = options.queries,
                 .ask = ask_named(options.ask),
                 .skip_unknown = options.skip_unknown,
                 .json = options.json},
                how);
    return 0;
  }
  const auto answers = answer(search, questions, how);
  for (const auto& one : answers) {  // before the first is printed: an unknown word prints nothing
    if (!one.error.empty()) fail("{}", one.error);
  }
  Json result;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!options.json) fmt::print("{}", answers[i].text);
    if (words.empty()) {
      result = answers[i].json;
    } else {
      result["neighbours"][words[i]] = answers[i].json["neighbours"];
      if (answers[i].json.contains("made_of_ngrams")) result["made_of_ngrams"].push_back(words[i]);
    }
  }
  if (options.json) fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
