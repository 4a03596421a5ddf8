// docs/batches.md shows one batch of each kind: these, word by word.
#include <algorithm>
#include <sstream>

#include "base/files.h"
#include "batches/batcher.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"

namespace zoo {
namespace {

using Texts = std::vector<std::string>;

/// Words by id, in order of their first appearance.
struct Words {
  Texts pieces = {"<pad>", "<unk>", "<s>", "</s>", "<mask>"};

  Corpus corpus(const Texts& lines) {
    std::vector<std::vector<TokenId>> rows;
    for (const auto& line : lines) {
      auto& row = rows.emplace_back();
      std::istringstream words(line);
      for (std::string word; words >> word;) {
        if (std::find(pieces.begin(), pieces.end(), word) == pieces.end()) pieces.push_back(word);
        row.push_back(static_cast<TokenId>(std::find(pieces.begin(), pieces.end(), word) - pieces.begin()));
      }
      row.push_back(kEnd);
    }
    return Corpus::from_lines(rows, 40);
  }

  std::string cell(const Tensor& row) const {
    std::string text;
    for (std::int64_t t = 0; t < row.numel(); ++t) {
      const auto id = row.flatten()[t].item<std::int64_t>();
      if (t > 0) text += ' ';
      text += id == kIgnored ? "·" : pieces.at(static_cast<std::size_t>(id));
    }
    return text;
  }

  /// A table: a line of the fields that the batch has, then its rows.
  std::string show(const Batch& batch) const {
    std::vector<Texts> columns;
    const auto add = [&](const std::string& name, const Tensor& tensor, bool number) {
      if (!tensor.defined()) return;
      auto& column = columns.emplace_back(Texts{name});
      for (std::int64_t b = 0; b < tensor.size(0); ++b) {
        column.push_back(number ? std::to_string(tensor[b].item<std::int64_t>()) : cell(tensor[b]));
      }
    };
    add("input", batch.input, false);
    add("lengths", batch.lengths, true);
    add("other_input", batch.other_input, false);
    add("target", batch.target, false);
    add("other_target", batch.other_target, false);
    add("slots", batch.slots, true);
    add("starts", batch.starts, true);
    std::string result;
    for (std::size_t row = 0; row < columns[0].size(); ++row) {
      std::string line;
      for (const auto& column : columns) {
        const auto width = [](const std::string& text) {
          return std::count_if(text.begin(), text.end(),
                               [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
        };
        std::int64_t widest = 0;
        for (const auto& text : column) widest = std::max<std::int64_t>(widest, width(text));
        line += column[row];
        line.append(static_cast<std::size_t>(widest - width(column[row]) + 3), ' ');
      }
      line.resize(line.find_last_not_of(' ') + 1);
      result += line;
      result += '\n';
    }
    return result;
  }
};

TEST(BatchesPage, ShowsABatchOfEachKindAsItIs) {
  const auto page = read_file(ZOO_SOURCE_DIR "/docs/batches.md");
  Words words;
  const auto corpus = words.corpus({"the cat sat on the mat", "it slept", "then a dog came by"});
  const std::vector<std::pair<std::string, Examples>> kinds = {{"Windows", Windows{3}},
                                                               {"Bags", Bags{2}},
                                                               {"Streams, forward", Streams{4}},
                                                               {"Streams, backward", Streams{4, Direction::backward}},
                                                               {"Streams, both", Streams{4, Direction::both}},
                                                               {"Sentences", Sentences{6}},
                                                               {"MaskedSentences", MaskedSentences{0.4, 10}}};
  for (const auto& [name, kind] : kinds) {
    const bool streams = std::holds_alternative<Streams>(kind);
    Batcher batcher(corpus, kind, {.batch_size = streams ? 2 : 5, .seed = 1, .shuffle = false});
    auto shown = words.show(batcher.next());
    if (streams) shown = fmt::format("{}\n{}", shown, words.show(batcher.next()));
    EXPECT_THAT(page, testing::HasSubstr(fmt::format("```\n{}```\n", shown))) << "@" << name << "@\n" << shown;
  }
  const auto french = words.corpus({"le chat dort", "il pleut", "bonjour"});
  const auto english = words.corpus({"the cat sleeps", "it rains", "good morning to you"});
  Batcher pairs({french, english}, SentencePairs{10}, {.batch_size = 3, .shuffle = false});
  const auto shown = words.show(pairs.next());
  EXPECT_THAT(page, testing::HasSubstr(fmt::format("```\n{}```\n", shown))) << "@SentencePairs@\n" << shown;
}

}  // namespace
}  // namespace zoo
