// torch
#include <sys/resource.h>

#include <chrono>

#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/print_result.h"
#include "base/progress.h"
#include "data/splits.h"
#include "data/train_tokenizer.h"
#include "evaluation/analogy.h"
#include "models/runtime.h"
#include "models/saved_model.h"
#include "models/word2vec/self_training.h"

namespace {

using namespace zoo;

struct Options {
  std::vector<std::string> input;
  std::string questions, kernel;
  std::int64_t threads = available_threads(), seed = 1, min_count = 5, restrict_to = 30000;
  std::string split = "punctuation";
  bool lowercase = true, json = false, quiet = false;
  void fields(Fields& f) {
    f("input", input, "text files, folders, .gz or - for standard input");
    f("lowercase", lowercase, "lower-case the text");
    f("split", split, "split off punctuation, or only at whitespace").choices({"punctuation", "whitespace"});
    f("min_count", min_count, "rarer words are left out").range(1, 1e12);
    f("threads", threads, "threads").range(1, 1024);
    f("seed", seed, "of all random numbers").range(0, 1e15);
    f("kernel", kernel, "avx512, avx2, portable or scalar; else the fastest that the machine can run");
    f("questions", questions, "a file of analogy questions to answer at the end");
    f("restrict", restrict_to, "analogies among so many of the most frequent words; 0: all").range(0, 1e9);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

const word2vec::Kernel& kernel_named(const std::string& name) {
  if (name.empty()) return word2vec::fastest_kernel();
  std::string known;
  for (const auto* kernel : word2vec::kernels()) {
    if (kernel->name == name) return *kernel;
    known += fmt::format(" {}", kernel->name);
  }
  fail_usage("--kernel: {} is not to be had here; this machine runs{}", name, known);
}

std::uint64_t peak_bytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// The word vectors without the special tokens' rows.
EmbeddingTable table_of(const Tokenizer& tokenizer, const word2vec::Weights& weights) {
  std::vector<std::string> words;
  for (TokenId id = kSpecialTokens; id < tokenizer.size(); ++id) words.emplace_back(tokenizer.piece(id));
  const auto rows = weights.vectors().slice(0, kSpecialTokens).contiguous();  // [V − special tokens, D]
  const auto* first = rows.data_ptr<float>();
  return {std::move(words), std::vector<float>(first, first + rows.numel()), weights.dim()};
}

int body(int argc, char** argv) {
  Options options;
  word2vec::Word2VecOptions model_options;
  CommandLine line(
      {"zoo bench word2vec", "how fast Word2Vec trains on a text, tables and encoding not counted",
       "zoo bench word2vec --input text.txt --architecture skip-gram --mode shared --dim 100 --threads 2"});
  line.add("Options", fields_of(options));
  line.add("Model", fields_of(model_options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  model_options.check();
  if (model_options.gradient()) fail_usage("--trainer gradient: only hand-written updates are measured here");

  TokenizerOptions tokenizer_options;
  tokenizer_options.vocabulary_size = 0;
  tokenizer_options.min_count = options.min_count;
  tokenizer_options.lowercase = options.lowercase;
  tokenizer_options.split = options.split;
  const auto tokenizer = train_tokenizer(tokenizer_options, TextReader(options.input));
  const auto corpus = open_corpus(options.input, Part::all, *tokenizer);
  std::int64_t words = 0;
  for (std::size_t id = kSpecialTokens; id < corpus.counts().size(); ++id) {
    words += static_cast<std::int64_t>(corpus.counts()[id]);
  }

  const auto pieces = vocabulary_of(*tokenizer).pieces;
  word2vec::Weights weights(tokenizer->size(), model_options.dim, model_options.subwords(), pieces);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const auto& kernel = kernel_named(options.kernel);
  word2vec::SelfTraining training(model_options, weights);
  training.use(kernel);
  weights.initialise(seed, model_options.start_range());
  training.begin(corpus, seed, static_cast<int>(options.threads));
  const auto start = std::chrono::steady_clock::now();
  double loss = 0;
  std::int64_t pairs = 0;
  {
    Progress progress("training", static_cast<double>(corpus.size() * model_options.epochs), "tokens");
    for (SliceReport report; !report.finished;) {
      report = training.advance();
      loss += report.loss_sum;
      pairs += report.loss_count;
      progress.update(static_cast<double>(report.tokens_done));
    }
  }
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Json result = {{"architecture", model_options.architecture},
                 {"mode", model_options.mode},
                 {"max_n", model_options.max_n},
                 {"replicas", model_options.replicas},
                 {"storage", model_options.storage},
                 {"objective", model_options.objective},
                 {"dim", model_options.dim},
                 {"threads", options.threads},
                 {"kernel", kernel.name},
                 {"words", words},
                 {"vocabulary", tokenizer->size()},
                 {"epochs", model_options.epochs},
                 {"seconds", seconds},
                 {"words_per_second", static_cast<double>(words * model_options.epochs) / seconds},
                 {"mean_loss", loss / static_cast<double>(pairs)},
                 {"peak_memory_bytes", peak_bytes()}};
  if (!options.questions.empty()) {
    result["analogies"] = analogies(NeighbourSearch(table_of(*tokenizer, weights)), read_analogies(options.questions),
                                    options.restrict_to)
                              .to_json();
    result["analogies"].erase("sections");
  }
  print_result(result, options.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return zoo::run_command(argc, argv, body); }
