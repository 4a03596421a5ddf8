#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "formats/vector_text.h"
#include "formats/vector_words.h"
#include "formats/word2vec.h"

namespace zoo {
namespace {

/// All lines as word and D numbers. A line that is not so is an Error, but for a last one without its end: that one
/// was cut short. At most `limit` rows.
struct Rows {
  std::vector<std::string> words;
  std::vector<float> numbers;
  bool cut_short = false;
  bool more = false;  ///< lines follow after `limit`
};

Rows read_rows(const std::filesystem::path& path, std::string_view text, std::size_t dimension, std::uint64_t limit,
               std::int64_t line_number) {
  Rows rows;
  for (; !text.empty(); ++line_number) {
    bool whole = true;
    const auto line = take_line(text, whole);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (rows.words.size() == limit) {
      rows.more = true;
      break;
    }
    const auto word = parse_vector_line(line, dimension, rows.numbers);
    if (word) {
      rows.words.emplace_back(*word);
    } else if (!whole) {
      rows.cut_short = true;
    } else {
      fail("{}: line {}: a word and {} numbers were expected; is the file another format's or damaged?", path.string(),
           line_number, dimension);
    }
  }
  return rows;
}

EmbeddingTable finish(const std::filesystem::path& path, Rows rows, std::size_t dimension) {
  if (rows.words.empty()) fail("{}: holds no word vector", path.string());
  EmbeddingTable table(std::move(rows.words), std::move(rows.numbers), static_cast<std::int64_t>(dimension));
  warn_of_odd_words(path, table);
  return table;
}

void write_row(AtomicFile& file, const std::string& word, const EmbeddingTable& table, std::int64_t row,
               std::vector<float>& vector, fmt::memory_buffer& line) {
  line.clear();
  line.append(word);
  table.copy_row(row, vector.data());
  for (const float number : vector) fmt::format_to(std::back_inserter(line), " {}", number);
  line.push_back('\n');
  file.write(line.data(), line.size());
}

void write_text(const std::filesystem::path& path, const EmbeddingTable& table, bool header, bool spaces) {
  AtomicFile file(path);
  if (header) file.write(fmt::format("{} {}\n", table.size(), table.dimension()));
  std::vector<float> vector(static_cast<std::size_t>(table.dimension()));
  fmt::memory_buffer line;
  std::int64_t changed = 0;
  for (std::int64_t row = 0; row < table.size(); ++row) {
    write_row(file, word_for_export(table.word(row), spaces, changed), table, row, vector, line);
  }
  file.commit();
  warn_of_changed_words(path, changed);
}

}  // namespace

EmbeddingTable read_word2vec_text(const std::filesystem::path& path) {
  const MappedFile file(path);
  auto text = file.text();
  bool whole = true;
  const auto header = parse_vector_header(take_line(text, whole));
  if (!header)
    fail("{}: line 1: '<words> <dimensions>' was expected; for a file without it: --format glove", path.string());
  if (header->dimension == 0) fail("{}: announces 0 dimensions; at least one is needed", path.string());
  if (header->dimension > text.size() / 2) {
    fail("{}: announces {} dimensions, and has {} bytes: is it another format's or cut short?", path.string(),
         header->dimension, text.size());
  }
  auto rows = read_rows(path, text, header->dimension, header->words, 2);
  if (rows.more) {
    log_warning(
        fmt::format("{}: announces {} words and holds more; the rest is left unread", path.string(), header->words));
  } else if (rows.words.size() < header->words) {
    log_warning(fmt::format("{}: announces {} words, {} are there{}; was it cut short?", path.string(), header->words,
                            rows.words.size(), rows.cut_short ? " and a part of the next" : ""));
  }
  return finish(path, std::move(rows), header->dimension);
}

EmbeddingTable read_glove(const std::filesystem::path& path) {
  const MappedFile file(path);
  auto rest = file.text();
  std::size_t dimension = 0;
  bool whole = true;
  auto after = rest;
  if (const auto header = parse_vector_header(take_line(after, whole))) {
    if (header->dimension > 1 && trailing_numbers(take_line(after, whole)) == header->dimension) {
      return read_word2vec_text(path);  // GloVe's rows under word2vec's first line
    }
  }
  for (int seen = 0; seen < 100 && !rest.empty();) {
    const auto line = take_line(rest, whole);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (!whole && seen > 0) break;  // perhaps cut short
    const auto count = trailing_numbers(line);
    dimension = seen++ == 0 ? count : std::min(dimension, count);
    if (dimension == 0) {
      fail("{}: a line among the first {} does not end in numbers; is it a file of word vectors?", path.string(), seen);
    }
  }
  if (dimension == 0) fail("{}: holds no word vector", path.string());
  auto rows = read_rows(path, file.text(), dimension, ~std::uint64_t{0}, 1);
  if (rows.cut_short) {
    log_warning(
        fmt::format("{}: ends inside the row after the first {}; was it cut short?", path.string(), rows.words.size()));
  }
  return finish(path, std::move(rows), dimension);
}

void write_word2vec_text(const std::filesystem::path& path, const EmbeddingTable& table) {
  write_text(path, table, true, false);
}

void write_glove(const std::filesystem::path& path, const EmbeddingTable& table) {
  write_text(path, table, false, true);
}

}  // namespace zoo
