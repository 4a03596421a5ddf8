#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/command_line.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "data/phrases.h"

namespace zoo {
namespace {

struct Options {
  std::vector<std::string> input;
  std::string output, table, phrases;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("input", input, "text files, folders, .gz or -");
    f("output", output, "the text with its phrases joined by '_'");
    f("table", table, "write the phrases to this file too, with count and score");
    f("phrases", phrases, "join the phrases of such a file instead of learning them: for a test text");
    f("json", json, "print what was found as JSON");
    f("quiet", quiet, "no progress and no log");
  }
};

Json to_json(const PhrasePass& pass, bool learnt) {
  Json json = {{"phrases", pass.phrases}, {"joined", pass.joined}};
  if (!learnt) return json;
  json.update({{"words", pass.words},
               {"vocabulary", pass.vocabulary},
               {"pairs", pass.pairs},
               {"pair_bytes", pass.pair_bytes},
               {"forgotten_words", pass.forgotten_words},
               {"forgotten_pairs", pass.forgotten_pairs}});
  return json;
}

void warn_of_forgotten(const PhrasePass& pass, std::size_t number) {
  const auto warn = [&](std::uint64_t count, const char* what) {
    if (count == 0) return;
    log_warning(
        fmt::format("pass {}: {} rare {} were forgotten for want of room, others may be counted too low; "
                    "--max-{} makes room for more",
                    number, count, what, what));
  };
  warn(pass.forgotten_words, "words");
  warn(pass.forgotten_pairs, "pairs");
}

int body(int argc, char** argv) {
  Options options;
  PhraseOptions learning;
  CommandLine line({"zoo data phrases", "Joins words that stand together far more often than by chance: new_york.",
                    "zoo data phrases --input text.txt --output phrased.txt --lowercase --threshold 200 "
                    "--threshold-factor 0.5 --table phrases.tsv\n"
                    "  zoo data phrases --input test.txt --output phrased-test.txt --phrases phrases.tsv\n"
                    "  zoo train word2vec --input phrased.txt --split whitespace --output runs/phrases"});
  line.add("Options", fields_of(options));
  auto learning_fields = fields_of(learning);
  line.add("Learning", fields_of(learning));
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.input.empty()) fail_usage("--input: give the text");
  if (options.output.empty()) fail_usage("--output: give the file to write");
  const bool learn = options.phrases.empty();
  for (const auto& field : learning_fields.list()) {
    if (!learn && line.given(field.name())) fail_usage("--{}: is for learning, not for --phrases", field.flag());
  }
  if (!learn && !options.table.empty()) fail_usage("--table: is for learning; --phrases has its phrases already");
  PhraseTable table;
  if (!learn) table = PhraseTable::load(options.phrases);
  const auto files = expand_inputs(options.input);
  const auto passes =
      learn ? make_phrases(files, learning, options.output, table) : join_phrases(files, table, options.output);
  if (!options.table.empty()) table.save(options.table);
  Json result = {{"output", options.output}, {"passes", Json::array()}};
  for (std::size_t i = 0; i < passes.size(); ++i) {
    warn_of_forgotten(passes[i], i + 1);
    result["passes"].push_back(to_json(passes[i], learn));
  }
  if (options.json) {
    fmt::print("{}\n", result.dump(2));
    return 0;
  }
  for (std::size_t i = 0; i < passes.size(); ++i) {
    fmt::print("pass {}: {} phrases, joined {} times\n", i + 1, passes[i].phrases, passes[i].joined);
    for (std::size_t k = 0; learn && k < std::min<std::size_t>(5, table.passes[i].size()); ++k) {
      const auto& [first, second, count, score] = table.passes[i][k];
      fmt::print("  {:10.1f}  {}_{}  ({} times)\n", score, first, second, count);
    }
  }
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
