#include <sys/resource.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/print_result.h"
#include "base/seconds_of.h"
#include "data/splits.h"
#include "data/train_tokenizer.h"

namespace {

using namespace zoo;

struct Options {
  std::vector<std::string> input;
  std::string tokenizer;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("input", input, "text files, folders, .gz or - for standard input");
    f("tokenizer", tokenizer, "use this one; else one is trained from the input");
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

/// Words in the plain sense: runs between spaces, as wc counts them.
std::int64_t count_words(const TextReader& text) {
  std::int64_t words = 0;
  text.for_each_line([&](std::string_view line, std::int64_t) {
    bool inside = false;
    for (const char byte : line) {
      const bool space = byte == ' ' || byte == '\t';
      words += !space && !inside;
      inside = !space;
    }
  });
  return words;
}

/// Of all threads: what a busy machine does not change.
double processor_seconds() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t peak_bytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

int body(int argc, char** argv) {
  Options options;
  TokenizerOptions training;
  CommandLine line({"zoo bench tokenizer", "how fast a text is counted, encoded to a corpus on disk and opened again",
                    "zoo bench tokenizer --input text.txt --type word --json"});
  line.add("Options", fields_of(options));
  line.add("Tokenizer, where one is trained", fields_of(training));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet || options.json);
  const TextReader text(options.input);
  const auto words = static_cast<double>(count_words(text));
  std::shared_ptr<const Tokenizer> tokenizer;
  double training_seconds = 0;
  if (options.tokenizer.empty()) {
    training_seconds = seconds_of([&] { tokenizer = train_tokenizer(training, text); });
  } else {
    tokenizer = load_tokenizer(options.tokenizer);
  }
  const TemporaryFolder cache;
  CorpusOptions corpus_options;
  corpus_options.cache_folder = cache.path();
  Corpus corpus;
  auto encode_processor_seconds = -processor_seconds();
  const auto encode_seconds =
      seconds_of([&] { corpus = open_corpus(options.input, Part::all, *tokenizer, corpus_options); });
  encode_processor_seconds += processor_seconds();
  const auto reopen_seconds =
      seconds_of([&] { corpus = open_corpus(options.input, Part::all, *tokenizer, corpus_options); });
  const Json result = {{"type", tokenizer->type()},
                       {"vocabulary", tokenizer->size()},
                       {"words", static_cast<std::int64_t>(words)},
                       {"tokens", corpus.size()},
                       {"unknown_tokens", corpus.unknown_tokens()},
                       {"threads", available_threads()},
                       {"training_seconds", training_seconds},
                       {"encode_seconds", encode_seconds},
                       {"encode_processor_seconds", encode_processor_seconds},
                       {"words_per_second", words / encode_seconds},
                       {"reopen_seconds", reopen_seconds},
                       {"peak_memory_bytes", peak_bytes()}};
  print_result(result, options.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return zoo::run_command(argc, argv, body); }
