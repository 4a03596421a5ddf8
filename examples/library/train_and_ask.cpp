// train_and_ask FOLDER TRANSLATION-RUN SENTENCE: trains skip-gram on a text of its own into FOLDER, opens that run,
// embeds a sentence, and translates one with a run of `zoo train transformer --architecture encoder-decoder`.
#include <base/files.h>
#include <base/log.h>
#include <fmt/format.h>
#include <library/langzoo.h>
#include <vectors/neighbours.h>
#include <vectors/open_vectors.h>

#include <filesystem>

namespace {

/// Kings and queens rule; dogs and cats eat. Documents are parted by empty lines.
std::string own_text() {
  std::string text;
  for (int i = 0; i < 600; ++i) {
    text += fmt::format("the {} rules the {}\n", i % 2 ? "king" : "queen", i % 3 ? "land" : "city");
    text += fmt::format("a {} eats a {}\n", i % 2 ? "dog" : "cat", i % 3 ? "bone" : "fish");
    if (i % 20 == 19) text += "\n";
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::filesystem::path folder = argv[1];
  zoo::set_quiet(true);
  try {
    zoo::make_folder(folder);
    zoo::write_file_atomically(folder / "text.txt", own_text());
    zoo::train("word2vec", folder / "run",
               {{"data", {{"input", {(folder / "text.txt").string()}}}},
                {"model", {{"architecture", "skip-gram"}, {"dim", 16}, {"epochs", 20}, {"sample", 0}}},
                {"training", {{"threads", 1}}},
                {"tokenizer", {{"min_count", 1}}}});

    const zoo::TrainedModel skip_gram(folder / "run");
    const auto sentence = skip_gram.embed("the king rules the city");
    fmt::print("{} words, {} numbers each\n", sentence.words.size(), sentence.vectors.size(1));

    const zoo::NeighbourSearch search(zoo::open_vectors(folder / "run"));
    fmt::print("nearest to king: {}\n", search.table().word(search.nearest(search.find("king").value(), 1)[0].row));

    const zoo::TrainedModel translator(argv[2]);
    fmt::print("translated: {}\n", translator.translate(argv[3]));
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
