#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/log.h"
#include "base/process.h"
#include "vectors/neighbours.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

struct NearestOptions {
  std::string model, in_context;
  std::vector<std::string> analogy;
  std::int64_t top = 10;
  std::int64_t restrict_to = 0;
  bool json = false, quiet = false;
  void fields(Fields& f) {
    f("model", model, "a run folder, or a file of word vectors: word2vec, fastText .vec, GloVe, .npy, safetensors");
    f("analogy", analogy, "three words A B C: A is to B as C is to …");
    f("in_context", in_context,
      "a sentence with a word in stars, \"the *play* was long\": occurrences in a text like that one; zoo nearest "
      "in-context --help shows its options");
    f("top", top, "how many neighbours").range(1, 1'000'000);
    f("restrict", restrict_to, "look only among the so many most frequent words (0: all)").range(0, 1e12);
    f("json", json, "print the result as JSON");
    f("quiet", quiet, "print nothing but the result");
  }
};

std::int64_t row_of(const NeighbourSearch& search, const std::string& word) {
  if (const auto row = search.find(word)) return *row;
  const auto likes = search.spelled_like(word, 5);
  fail("'{}' is not among the {} words{}", word, search.table().size(),
       likes.empty() ? "; try another" : fmt::format("; spelled alike: {}", fmt::join(likes, ", ")));
}

Json to_json(const NeighbourSearch& search, const std::vector<Neighbour>& neighbours) {
  auto list = Json::array();
  for (const auto& [row, cosine] : neighbours) list.push_back({{"word", search.table().word(row)}, {"cosine", cosine}});
  return list;
}

void print(const NeighbourSearch& search, const std::string& title, const std::vector<Neighbour>& neighbours) {
  fmt::print("{}\n", title);
  for (const auto& [row, cosine] : neighbours) fmt::print("  {:6.4f}  {}\n", cosine, search.table().word(row));
  if (neighbours.empty()) fmt::print("  none: there is no other word, or a vector without a direction\n");
}

/// A word in its sentence needs a model: a program of its own does that, so that this one answers without LibTorch.
void leave_sentences_to_sister(int argc, char** argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  const auto asks = [](const std::string& word) { return word == "--in-context" || word.starts_with("--in-context="); };
  if (std::any_of(given.begin(), given.end(), asks)) become_sister("zoo-nearest-in-context", given);
}

int body(int argc, char** argv) {
  leave_sentences_to_sister(argc, argv);
  NearestOptions options;
  std::vector<std::string> words;
  CommandLine line({"zoo nearest", "The words whose vectors are nearest by cosine, and analogies by 3CosAdd.",
                    "zoo nearest --model runs/word2vec king queen\n"
                    "  zoo nearest --model vectors.bin --analogy man king woman\n"
                    "  zoo nearest --model runs/elmo --in-context 'the *play* was long'"});
  line.add("Options", fields_of(options));
  line.add_positional("WORD…", words, "whose neighbours to find");
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.model.empty()) fail_usage("--model: give a run folder or a file of word vectors");
  if (words.empty() == options.analogy.empty()) fail_usage("give either words or --analogy A B C");
  if (!options.analogy.empty() && options.analogy.size() != 3) {
    fail_usage("--analogy: {} words, three are needed: man king woman", options.analogy.size());
  }
  const NeighbourSearch search(open_vectors(options.model), options.restrict_to);
  Json result;
  if (!options.analogy.empty()) {
    const auto& [a, b, c] = std::tie(options.analogy[0], options.analogy[1], options.analogy[2]);
    const auto answers = search.analogy(row_of(search, a), row_of(search, b), row_of(search, c), options.top);
    result = {{"analogy", options.analogy}, {"answers", to_json(search, answers)}};
    if (!options.json) print(search, fmt::format("{} is to {} as {} is to", a, b, c), answers);
  }
  std::vector<std::int64_t> rows;  // all of them before the first is printed: an unknown word prints nothing
  for (const auto& word : words) rows.push_back(row_of(search, word));
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto neighbours = search.nearest(rows[i], options.top);
    result["neighbours"][words[i]] = to_json(search, neighbours);
    if (!options.json) print(search, words[i], neighbours);
  }
  if (options.json) fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_command(argc, argv, zoo::body); }
