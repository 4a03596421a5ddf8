#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/files.h"
#include "data/phrases.h"

namespace zoo {
namespace {

constexpr std::string_view kFirst = "# langzoo phrases";

template <class Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> columns_of(std::string_view line) {
  std::vector<std::string_view> columns;
  for (std::size_t at = 0; at <= line.size();) {
    const auto end = std::min(line.find('\t', at), line.size());
    columns.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return columns;
}

}  // namespace

void PhraseOptions::fields(Fields& f) {
  f("passes", passes, "how often: a pass joins two words, the next one phrases of the last").range(1, 10);
  f("threshold", threshold, "join what scores more: a lower one makes more phrases").range(0, 1e12);
  f("threshold_factor", threshold_factor, "each further pass has so many times the threshold of the last")
      .range(0.001, 1000);
  f("discount", discount, "δ: taken off a pair's count, so that rare words make no phrases").range(0, 1e9);
  f("min_count", min_count, "words and pairs that are rarer are no part of phrases").range(1, 1e9);
  f("split", split, "split off punctuation, which is no part of phrases, or cut at white space only, as word2phrase")
      .choices({"punctuation", "whitespace"});
  f("lowercase", lowercase, "lower-case the text");
  f("max_words", max_words, "different words that are held in memory, about 40 bytes each; rare ones are forgotten")
      .range(1000, 1 << 30);
  f("max_pairs", max_pairs, "different pairs that are held in memory, about 34 bytes each; rare ones are forgotten")
      .range(1000, 1e10);
}

void PhraseTable::save(const std::filesystem::path& file) const {
  AtomicFile out(file);
  out.write(fmt::format("{}\t{}\t{}\t{}\n", kFirst, split, lowercase ? "lowercase" : "case kept", passes.size()));
  for (std::size_t pass = 0; pass < passes.size(); ++pass) {
    for (const auto& [first, second, count, score] : passes[pass]) {
      out.write(fmt::format("{}\t{}\t{}\t{}\t{}\n", pass + 1, first, second, count, score));
    }
  }
  out.commit();
}

PhraseTable PhraseTable::load(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  auto text = mapped.text();
  PhraseTable table;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto columns = columns_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    std::size_t pass = 0;
    Phrase phrase;
    if (number == 1) {
      if (columns.size() != 4 || columns[0] != kFirst || (columns[1] != "punctuation" && columns[1] != "whitespace") ||
          !parse(columns[3], pass) || pass < 1 || pass > 10) {
        fail("{}: is no table of phrases; zoo data phrases --table makes one", file.string());
      }
      table.split = columns[1];
      table.lowercase = columns[2] == "lowercase";
      table.passes.resize(pass);
      continue;
    }
    if (columns.size() != 5 || !parse(columns[0], pass) || pass < 1 || pass > table.passes.size() ||
        columns[1].empty() || columns[2].empty() || !parse(columns[3], phrase.count) ||
        !parse(columns[4], phrase.score)) {
      fail("{}: line {}: pass, two words, count and score were expected, with tabs between", file.string(), number);
    }
    phrase.first = columns[1];
    phrase.second = columns[2];
    table.passes[pass - 1].push_back(std::move(phrase));
  }
  if (table.passes.empty()) fail("{}: is empty", file.string());
  return table;
}

}  // namespace zoo
