#include <fmt/format.h>

#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/process.h"
#include "formats/npy.h"
#include "formats/projector.h"
#include "formats/vector_file.h"
#include "formats/vector_words.h"
#include "formats/word2vec.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

struct ExportOptions {
  std::string model, format = "word2vec-text", output;
  std::int64_t top = 0;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model, "a run folder, or a file of word vectors of any known format");
    f("format", format,
      "npy: numbers, with the words beside it; projector: a folder for the Embedding Projector; arpa: an n-gram model; "
      "elmo-hdf5: a folder with an ELMo in the public format; huggingface: one with a Transformer")
        .choices({"word2vec-text", "word2vec-bin", "glove", "npy", "safetensors", "projector", "arpa", "elmo-hdf5",
                  "huggingface"});
    f("output", output, "the file to write (for projector, elmo-hdf5 and huggingface: the folder)");
    f("top", top, "write only the so many most frequent words (0: all)").range(0, 1e12);
    f("json", json, "print what was written as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

/// Writes the table and returns the files.
std::vector<fs::path> write(const EmbeddingTable& table, const std::string& format, const fs::path& output) {
  if (format == "projector") {
    write_projector(output, table, output.filename().string());
    return {output / "vectors.tsv", output / "metadata.tsv", output / "projector_config.json"};
  }
  if (output.has_parent_path()) make_folder(output.parent_path());
  if (format == "word2vec-text") write_word2vec_text(output, table);
  if (format == "word2vec-bin") write_word2vec_binary(output, table);
  if (format == "glove") write_glove(output, table);
  if (format == "safetensors") write_vectors_safetensors(output, table);
  if (format != "npy") return {output};
  write_npy(output, table);
  write_words(words_file(output), table);
  return {output, words_file(output)};
}

int body(int argc, char** argv) {
  ExportOptions options;
  CommandLine line({"zoo export",
                    "Writes a model's word vectors, an n-gram model, an ELMo or a Transformer for other programs.",
                    "zoo export --model runs/word2vec --format word2vec-bin --output vectors.bin\n"
                    "  zoo export --model runs/ngram --format arpa --output model.arpa\n"
                    "  zoo export --model runs/elmo --format elmo-hdf5 --output elmo/\n"
                    "  zoo export --model runs/gpt2 --format huggingface --output exported/gpt2"});
  line.add("Options", fields_of(options));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.format == "arpa" || options.format == "elmo-hdf5" || options.format == "huggingface") {
    if (line.given("top")) fail_usage("--top: is for word vectors; --format {} writes a whole model", options.format);
    const auto* program = options.format == "arpa"        ? "zoo-export-arpa"
                          : options.format == "elmo-hdf5" ? "zoo-export-elmo"
                                                          : "zoo-export-huggingface";
    become_sister(program, {argv + 1, argv + argc});  // needs LibTorch
  }
  if (options.model.empty()) fail_usage("--model: give a run folder or a file of word vectors");
  if (options.output.empty()) fail_usage("--output: give the file to write");
  if (is_directory(status_of(options.output)) && options.format != "projector")
    fail_usage("--output {}: is a folder; give a file", options.output);
  auto table = open_vectors(options.model);
  if (options.top > 0) table = table.first(options.top);
  const auto files = write(table, options.format, options.output);
  Json result = {{"format", options.format}, {"words", table.size()}, {"dimension", table.dimension()}};
  for (const auto& file : files) result["files"].push_back(file.string());
  if (options.json) {
    fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (!options.quiet) {
    for (const auto& file : files) fmt::print("{}\n", file.string());
    log_info(fmt::format("{} words of {} dimensions", table.size(), table.dimension()));
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
