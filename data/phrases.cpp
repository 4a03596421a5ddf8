#include "data/phrases.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "data/block_pipeline.h"
#include "data/phrase_counts.h"

namespace zoo {
namespace {

std::vector<Phrase> phrases_of(const PairCounts& pairs, const Frequent& frequent, std::uint64_t words,
                               const PhraseOptions& options, double threshold) {
  std::vector<Phrase> phrases;
  pairs.for_each([&](std::uint32_t first, std::uint32_t second, std::uint32_t count) {
    if (count < options.min_count) return;
    const double a = static_cast<double>(frequent.counts[first]), b = static_cast<double>(frequent.counts[second]);
    const double score = (count - static_cast<double>(options.discount)) / a / b * static_cast<double>(words);
    if (!(score > threshold)) return;
    phrases.push_back(
        {std::string(frequent.words.piece(first)), std::string(frequent.words.piece(second)), count, score});
  });
  std::sort(phrases.begin(), phrases.end(), [](const Phrase& one, const Phrase& other) {
    return std::tie(other.score, one.first, one.second) < std::tie(one.score, other.first, other.second);
  });
  return phrases;
}

std::string pair_key(std::string_view first, std::string_view second) {
  std::string key(first);
  key += '\t';
  key += second;
  return key;
}

/// Writes the text with these phrases joined and returns how often that was done.
std::uint64_t join(const std::vector<TextFile>& files, const Cutting& cutting, const std::vector<Phrase>& phrases,
                   const std::filesystem::path& output, const std::string& what) {
  PieceTable together;
  for (const auto& phrase : phrases) together.insert(pair_key(phrase.first, phrase.second));
  struct Text {
    std::string text;
    std::uint64_t joined = 0;
    std::size_t file = 0;
  };
  AtomicFile out(output);
  std::uint64_t joined = 0;
  std::size_t file = 0;
  run_over_blocks<Text>(
      LineSource(files), size_of(files), what, available_threads(),
      [&](int, const TextBlock& block) {
        Text result{.file = block.file};
        std::string last, key;  // the word before, where it is not yet written; empty: there is none
        for (const auto& line : block.lines) {
          bool begun = false;
          const auto write = [&](std::string_view word) {
            if (begun) result.text += ' ';
            result.text += word;
            begun = true;
          };
          cutting.for_each_word(block.line(line), [&](std::string_view word) {
            if (!last.empty()) {
              key.assign(last).append("\t").append(word);
              if (together.find(key) != PieceTable::kNone) {
                write(last.append("_").append(word));
                last.clear();
                ++result.joined;
                return;
              }
              write(last);
            }
            last.assign(word);
          });
          if (!last.empty()) write(last);
          last.clear();
          result.text += '\n';
        }
        return result;
      },
      [&](Text&& result) {
        if (result.file != file) out.write("\n");  // documents end with their files
        file = result.file;
        out.write(result.text);
        joined += result.joined;
      });
  out.commit();
  return joined;
}

/// Runs `pass(number, files, cutting, output)` for each pass, every one over what the last one wrote.
void run_passes(std::vector<TextFile> files, std::size_t passes, Cutting cutting, const std::filesystem::path& output,
                const std::function<void(std::size_t, const std::vector<TextFile>&, const Cutting&,
                                         const std::filesystem::path&)>& pass) {
  const auto parent = output.has_parent_path() ? output.parent_path() : std::filesystem::path(".");
  make_folder(parent);
  std::optional<TemporaryFolder> between;
  if (passes > 1) between.emplace(parent);
  for (std::size_t number = 0; number < passes; ++number) {
    const auto to = number + 1 == passes ? output : between->path() / fmt::format("{}.txt", number);
    pass(number, files, cutting, to);
    if (number + 1 == passes) break;
    for (const auto& file : files) {
      if (number > 0) std::filesystem::remove(file.path);
    }
    files = expand_inputs({to.string()});
    cutting = {.punctuation = false, .lowercase = false};
  }
}

}  // namespace

std::vector<PhrasePass> make_phrases(const std::vector<TextFile>& files, const PhraseOptions& options,
                                     const std::filesystem::path& output, PhraseTable& table) {
  const bool punctuation = options.split == "punctuation";
  table = {.split = options.split, .lowercase = options.lowercase, .passes = {}};
  std::vector<PhrasePass> passes;
  double threshold = options.threshold;
  run_passes(files, static_cast<std::size_t>(options.passes), {punctuation, options.lowercase}, output,
             [&](std::size_t number, const auto& text, const Cutting& cutting, const auto& to) {
               const auto named = [&](const char* what) { return fmt::format("pass {}: {}", number + 1, what); };
               PhrasePass pass;
               Frequent frequent;
               {
                 const auto words =
                     count_words(text, cutting, static_cast<std::uint64_t>(options.max_words), named("words"));
                 if (words.total() == 0) fail("{}: holds no words", text[0].name);
                 pass.words = words.total();
                 pass.forgotten_words = words.forgotten();
                 frequent = frequent_words(words.counts(), static_cast<std::uint64_t>(options.min_count), punctuation);
               }
               pass.vocabulary = frequent.counts.size();
               const auto pairs =
                   count_pairs(text, cutting, frequent, static_cast<std::uint64_t>(options.max_pairs), named("pairs"));
               pass.pairs = pairs.size();
               pass.forgotten_pairs = pairs.forgotten();
               pass.pair_bytes = pairs.bytes();
               table.passes.push_back(phrases_of(pairs, frequent, pass.words, options, threshold));
               pass.phrases = table.passes.back().size();
               pass.joined = join(text, cutting, table.passes.back(), to, named("joining"));
               passes.push_back(pass);
               threshold *= options.threshold_factor;
             });
  return passes;
}

std::vector<PhrasePass> join_phrases(const std::vector<TextFile>& files, const PhraseTable& table,
                                     const std::filesystem::path& output) {
  std::vector<PhrasePass> passes;
  run_passes(
      files, table.passes.size(), {table.split == "punctuation", table.lowercase}, output,
      [&](std::size_t number, const auto& text, const Cutting& cutting, const auto& to) {
        const auto& phrases = table.passes[number];
        passes.push_back({.phrases = phrases.size(),
                          .joined = join(text, cutting, phrases, to, fmt::format("pass {}: joining", number + 1))});
      });
  return passes;
}

}  // namespace zoo
