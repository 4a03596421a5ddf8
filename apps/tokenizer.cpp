#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/command_line.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parallel.h"
#include "data/block_pipeline.h"
#include "data/train_tokenizer.h"

namespace {

using namespace zoo;

struct Options {
  std::vector<std::string> input;
  std::string output, tokenizer, part = "all";
  bool pieces = false, json = false, quiet = false;
  void fields(Fields& f) {
    f("input", input, "text files, folders, .gz or - (encode, decode: standard input if none is named)");
    f("output", output, "train: the folder to make; encode, decode: a file (else standard output)");
    f("tokenizer", tokenizer, "encode, decode: the folder of a tokenizer or of a run");
    f("part", part, "train: learn from all of the text, or from its training part only").choices({"all", "train"});
    f("pieces", pieces, "encode to pieces, decode from pieces, instead of ids");
    f("json", json, "results as JSON; encode, decode: a JSON value a line");
    f("quiet", quiet, "no progress and no log");
  }
};

/// Standard output, or a file that appears when all is written.
class Output {
 public:
  explicit Output(const std::string& path) {
    if (!path.empty() && path != "-") file_.emplace(path);
  }
  void write(std::string_view text) {
    if (file_) return file_->write(text);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) failed();
  }
  void finish() {
    if (file_) return file_->commit();
    if (std::fflush(stdout) != 0) failed();
  }

 private:
  [[noreturn]] static void failed() { fail("standard output: cannot write: {}", std::strerror(errno)); }
  std::optional<AtomicFile> file_;
};

int train(const Options& options, const TokenizerOptions& training) {
  namespace fs = std::filesystem;
  if (options.input.empty()) fail_usage("--input: zoo tokenizer train needs a text");
  if (options.output.empty()) fail_usage("--output: zoo tokenizer train needs a folder to make");
  const fs::path folder = options.output;
  const auto there = status_of(folder);
  if (exists(there) && !is_directory(there)) fail("--output: {} is a file, not a folder", options.output);
  if (exists(there) && !fs::is_empty(folder) && !fs::exists(folder / "tokenizer.json")) {
    fail("--output: {} holds something that is no tokenizer; give another folder", options.output);
  }
  const TextReader text(options.input, options.part == "train" ? Part::train : Part::all);
  const auto tokenizer = [&] {
    make_folder(folder);
    const TemporaryFolder trial(folder);  // a place that cannot be written is told before the work, not after
    try {
      return train_tokenizer(training, text);
    } catch (...) {
      std::error_code ignored;
      if (!exists(there)) fs::remove(trial.path(), ignored), fs::remove(folder, ignored);
      throw;
    }
  }();
  save_tokenizer(*tokenizer, folder);
  const Json result = {{"type", tokenizer->type()},
                       {"size", tokenizer->size()},
                       {"fingerprint", tokenizer->fingerprint()},
                       {"folder", options.output}};
  if (options.json) {
    fmt::print("{}\n", result.dump());
  } else {
    fmt::print("{}: {} tokenizer of {} pieces\n", options.output, tokenizer->type(), tokenizer->size());
  }
  return 0;
}

void append_encoded(const Tokenizer& tokenizer, std::string_view line, const Options& options, std::string& out) {
  const auto ids = tokenizer.encode(line);
  if (options.json) {
    auto list = Json::array();
    for (const auto id : ids) list.push_back(options.pieces ? Json(tokenizer.piece(id)) : Json(id));
    out += list.dump();
  } else {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (i > 0) out += ' ';
      out += options.pieces ? std::string(tokenizer.piece(ids[i])) : std::to_string(ids[i]);
    }
  }
  out += '\n';
}

/// `line` holds ids or pieces between spaces. Throws Error that does not yet name the line.
void append_decoded(const Tokenizer& tokenizer, std::string_view line, const Options& options, std::string& out) {
  std::vector<TokenId> ids;
  for (std::size_t at = 0; at < line.size();) {
    const auto end = std::min(line.find_first_of(" \t", at), line.size());
    const auto word = line.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    TokenId id = 0;
    if (options.pieces) {
      id = tokenizer.id(word).value_or(-1);
      if (id < 0) fail("'{}' is no piece of this tokenizer", word);
    } else if (const auto parsed = std::from_chars(word.data(), word.data() + word.size(), id);
               parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) {
      fail("'{}' is no token id; decode takes numbers, or pieces with --pieces", word);
    }
    ids.push_back(id);
  }
  const auto text = tokenizer.decode(ids);
  out += (options.json ? Json(text).dump(-1, ' ', false, Json::error_handler_t::replace) : text) + '\n';
}

/// Line by line, empty ones too, on all cores.
int convert(const Options& options, bool encode) {
  if (options.tokenizer.empty()) fail_usage("--tokenizer: name the tokenizer's folder, or a run's");
  const auto tokenizer = load_tokenizer(options.tokenizer);
  // Standard input is read as it comes; only a text that is read twice needs a copy.
  std::vector<TextFile> files = {{"standard input", "/dev/stdin", 0}};
  if (!options.input.empty()) files = expand_inputs(options.input);
  std::uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.size;
  Output output(options.output);
  run_over_blocks<std::string>(
      LineSource(files), bytes,
      options.output.empty() ? ""
      : encode               ? "encoding"
                             : "decoding",
      available_threads(),
      [&](int, const TextBlock& block) {
        std::string out;
        auto number = block.first_line;
        for (const auto& line : block.lines) {
          if (encode) {
            append_encoded(*tokenizer, block.line(line), options, out);
          } else {
            try {
              append_decoded(*tokenizer, block.line(line), options, out);
            } catch (const Error& error) {
              fail("{}: line {}: {}", files[block.file].name, number, error.what());
            }
          }
          ++number;
        }
        return out;
      },
      [&](std::string&& out) { output.write(out); });
  output.finish();
  return 0;
}

int body(int argc, char** argv) {
  Options options;
  TokenizerOptions training;
  std::vector<std::string> words;
  CommandLine line({"zoo tokenizer", "trains a tokenizer, encodes text to ids and decodes ids to text",
                    "zoo tokenizer train --type bpe --vocabulary-size 8000 --input text.txt --output tokenizers/bpe\n"
                    "  echo 'Hello there' | zoo tokenizer encode --tokenizer tokenizers/bpe --pieces"});
  line.add_positional("train | encode | decode", words, "what to do");
  line.add("Options", fields_of(options));
  auto training_fields = fields_of(training);
  line.add("Training", fields_of(training));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (words.size() != 1 || (words[0] != "train" && words[0] != "encode" && words[0] != "decode")) {
    fail_usage("'{}': zoo tokenizer takes one of train, encode, decode; see zoo tokenizer --help",
               fmt::join(words, " "));
  }
  if (words[0] == "train") {
    for (const auto* name : {"tokenizer", "pieces"}) {
      if (line.given(name)) fail_usage("--{}: goes with encode and decode, not with train", name);
    }
    return train(options, training);
  }
  for (const auto& field : training_fields.list()) {
    if (line.given(field.name())) fail_usage("--{}: goes with zoo tokenizer train", field.flag());
  }
  if (line.given("part")) fail_usage("--part: goes with zoo tokenizer train");
  return convert(options, words[0] == "encode");
}

}  // namespace

int main(int argc, char** argv) { return zoo::run_command(argc, argv, body); }
