#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "formats/vector_text.h"
#include "formats/vector_words.h"
#include "formats/word2vec.h"

namespace zoo {
namespace {

constexpr std::size_t kLongestWord = 1 << 16;
constexpr std::size_t kRowsAhead = 8;  ///< words are asked for so early: each lies in a line of memory of its own

/// Whether the rows after the header are binary: text rows parse, and binary ones hold control characters.
bool rows_are_binary(std::string_view text, std::size_t dimension) {
  auto rest = text;
  bool whole = true;
  std::vector<float> numbers;
  const auto sample = text.substr(0, 4096);
  if (dimension <= text.size() && parse_vector_line(take_line(rest, whole), dimension, numbers)) return false;
  return std::any_of(sample.begin(), sample.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte < 9 || (byte > 13 && byte < 32) || byte == 127;
  });
}

}  // namespace

EmbeddingTable read_word2vec_binary(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const auto text = file->text();
  auto rest = text;
  bool whole = true;
  const auto header = parse_vector_header(take_line(rest, whole));
  if (!header) fail("{}: line 1: '<words> <dimensions>' was expected; is it another format's file?", path.string());
  if (header->dimension == 0) fail("{}: announces 0 dimensions; at least one is needed", path.string());
  if (header->dimension > rest.size() / sizeof(float)) {
    fail("{}: announces {} dimensions, and has {} bytes: is it another format's or cut short?", path.string(),
         header->dimension, text.size());
  }
  const auto row_bytes = header->dimension * sizeof(float);
  std::vector<std::string> words;
  std::vector<std::uint64_t> offsets;
  const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(header->words, rest.size() / (row_bytes + 1)));
  words.reserve(most);
  offsets.reserve(most);
  auto at = static_cast<std::size_t>(rest.data() - text.data());
  while (words.size() < header->words) {
    while (at < text.size() && text[at] == '\n') ++at;
    const auto window = text.substr(at, kLongestWord);
    const auto space = window.find(' ');
    if (space == std::string_view::npos && window.size() == kLongestWord) {
      fail("{}: row {}: no word of at most {} bytes; is it another format's file, or with another count of dimensions?",
           path.string(), words.size() + 1, kLongestWord);
    }
    if (space == std::string_view::npos || text.size() - at - space - 1 < row_bytes) break;  // cut short
    __builtin_prefetch(text.data() + std::min(text.size() - 1, at + kRowsAhead * (space + 1 + row_bytes)));
    words.emplace_back(window.substr(0, space));
    offsets.push_back(at + space + 1);
    at += space + 1 + row_bytes;
  }
  if (words.empty()) fail("{}: holds no whole row of {} dimensions", path.string(), header->dimension);
  if (words.size() < header->words) {
    log_warning(fmt::format("{}: announces {} words, {} are there{}; was it cut short?", path.string(), header->words,
                            words.size(), at < text.size() ? " and a part of the next" : ""));
  } else if (text.find_first_not_of('\n', at) != std::string_view::npos) {
    log_warning(
        fmt::format("{}: announces {} words and holds more; the rest is left unread", path.string(), header->words));
  }
  EmbeddingTable table(std::move(words), file->bytes().data(), std::move(offsets),
                       static_cast<std::int64_t>(header->dimension), file);
  warn_of_odd_words(path, table);
  return table;
}

EmbeddingTable read_word2vec(const std::filesystem::path& path) {
  const MappedFile file(path);
  auto rest = file.text();
  bool whole = true;
  const auto header = parse_vector_header(take_line(rest, whole));
  if (!header) return read_glove(path);
  if (header->dimension > 0 && rows_are_binary(rest, header->dimension)) return read_word2vec_binary(path);
  return read_word2vec_text(path);
}

void write_word2vec_binary(const std::filesystem::path& path, const EmbeddingTable& table) {
  AtomicFile file(path);
  file.write(fmt::format("{} {}\n", table.size(), table.dimension()));
  std::int64_t changed = 0;
  for (std::int64_t row = 0; row < table.size(); ++row) {
    file.write(word_for_export(table.word(row), false, changed) + " ");
    file.write(table.row_bytes(row), static_cast<std::size_t>(table.dimension()) * sizeof(float));
    file.write("\n");
  }
  file.commit();
  warn_of_changed_words(path, changed);
}

}  // namespace zoo
