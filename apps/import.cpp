#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/process.h"
#include "formats/fasttext_bin.h"
#include "formats/vector_file.h"
#include "formats/word2vec.h"
#include "vectors/import_vectors.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

struct ImportOptions {
  std::string format, input, vocabulary, tokenizer, output;
  bool line_ends = true, json = false, quiet = false;
  void fields(Fields& f) {
    f("format", format,
      "word2vec: text or binary; glove: text without a first line; fasttext: its .bin (n-grams come along) or .vec; "
      "elmo-hdf5: a public ELMo; arpa: an n-gram model; huggingface: a GPT-2, Llama, BERT or Marian")
        .choices({"word2vec", "glove", "fasttext", "elmo-hdf5", "arpa", "huggingface"});
    f("input", input,
      "the file of vectors or n-grams; elmo-hdf5: a folder with *options.json and *weights.hdf5; huggingface: one with "
      "config.json, model.safetensors and the tokenizer's files");
    f("vocabulary", vocabulary, "elmo-hdf5: a text with a word a line, whose vectors the run holds");
    f("tokenizer", tokenizer,
      "arpa: a tokenizer's folder, or a run's, whose pieces the file's words are; none: by spaces");
    f("line_ends", line_ends, "arpa: whether the line ends of a text are tokens to be scored");
    f("output", output, "the folder of the new run");
    f("json", json, "print the new run's facts as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

EmbeddingTable read(const std::string& format, const std::string& input) {
  refuse_packed(input);
  if (format == "glove") return read_glove(input);
  return format == "word2vec" ? read_word2vec(input) : read_word2vec_text(input);
}

RunFolder import_words(const ImportOptions& options) {
  std::optional<FastTextBin> model;
  if (options.format == "fasttext" && FastTextBin::begins(MappedFile(options.input).text())) {
    model.emplace(options.input);
  }
  const auto table = model ? read_fasttext_bin(options.input) : read(options.format, options.input);
  const Json origin = {{"imported_from", std::filesystem::path(options.input).filename().string()},
                       {"format", options.format},
                       {"sha256", sha256_of_file(options.input)}};
  return import_vectors(table, origin, options.output,
                        model ? SubwordRows{model->subwords(), model->subword_rows()} : SubwordRows{});
}

/// A whole model needs LibTorch, which this program has not: it becomes one that has.
[[noreturn]] void import_model(const std::string& program, int argc, char** argv) {
  become_sister(program, {argv + 1, argv + argc});
}

int body(int argc, char** argv) {
  ImportOptions options;
  CommandLine line(
      {"zoo import",
       "Makes a run folder of word vectors, an ELMo, an n-gram model or a Transformer that another program "
       "trained.",
       "zoo import --format glove --input glove.6B.100d.txt --output runs/glove\n"
       "  zoo import --format fasttext --input cc.en.300.bin --output runs/fasttext\n"
       "  zoo import --format arpa --input model.arpa --output runs/arpa\n"
       "  zoo import --format huggingface downloads/gpt2 --output runs/gpt2"});
  line.add("Options", fields_of(options));
  std::vector<std::string> place;
  line.add_positional("FILE", place, "the same as --input");
  if (line.parse(argc, argv)) return 0;
  line.apply();
  if (place.size() > 1 || (!place.empty() && !options.input.empty())) fail_usage("--input: give one file or folder");
  if (!place.empty()) options.input = place[0];
  set_quiet(options.quiet);
  if (options.format.empty())
    fail_usage("--format: choose one of word2vec, glove, fasttext, elmo-hdf5, arpa, huggingface");
  if (options.format == "elmo-hdf5") import_model("zoo-import-elmo", argc, argv);
  if (options.format == "arpa") import_model("zoo-import-arpa", argc, argv);
  if (options.format == "huggingface") import_model("zoo-import-huggingface", argc, argv);
  if (!options.vocabulary.empty()) fail_usage("--vocabulary: a file of word vectors has its own words");
  if (line.given("tokenizer") || line.given("line_ends")) {
    fail_usage("--tokenizer and --line-ends: are for --format arpa alone");
  }
  if (options.input.empty()) fail_usage("--input: give the file of word vectors");
  if (options.output.empty()) fail_usage("--output: give a folder for the new run");
  const auto run = import_words(options);
  const auto table = open_vectors(run.path());
  const Json result = {{"run", run.path().string()},
                       {"words", run.tokenizer()->size() - kSpecialTokens},
                       {"dimension", table.dimension()},
                       {"subwords", table.makes_unknown()}};
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    log_info(fmt::format("{}: {} words of {} dimensions; try zoo nearest --model {} WORD", run.path().string(),
                         result["words"].dump(), table.dimension(), run.path().string()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
