#include "formats/vector_words.h"

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/utf8.h"

namespace zoo {

void warn_of_odd_words(const std::filesystem::path& path, const EmbeddingTable& table) {
  if (const auto doubled = table.doubled_words(); doubled > 0) {
    log_warning(fmt::format("{}: {} words stand more than once; the first row of each counts", path.string(), doubled));
  }
  std::int64_t foreign = 0;
  for (const auto& word : table.words()) foreign += !is_utf8(word);
  if (foreign > 0) {
    log_warning(fmt::format("{}: {} words are not valid UTF-8; their bytes are kept", path.string(), foreign));
  }
}

std::string word_for_export(std::string_view word, bool spaces, std::int64_t& changed) {
  std::string clean(word);
  for (char& letter : clean) {
    if (letter == '\n' || letter == '\r' || letter == '\t' || (letter == ' ' && !spaces)) letter = '_';
  }
  if (clean.empty()) clean.push_back('_');
  changed += clean != word;
  return clean;
}

void warn_of_changed_words(const std::filesystem::path& path, std::int64_t changed) {
  if (changed == 0) return;
  log_warning(fmt::format("{}: {} words hold spaces or line ends, which this format cannot; written as '_'",
                          path.string(), changed));
}

std::filesystem::path words_file(const std::filesystem::path& vectors) {
  auto path = vectors;
  return path.replace_extension(".words.txt");
}

void write_words(const std::filesystem::path& path, const EmbeddingTable& table) {
  AtomicFile file(path);
  std::int64_t changed = 0;
  for (const auto& word : table.words()) file.write(word_for_export(word, true, changed) + "\n");
  file.commit();
  warn_of_changed_words(path, changed);
}

std::vector<std::string> read_words(const std::filesystem::path& path, std::int64_t expected) {
  if (!std::filesystem::exists(path)) {
    fail("{}: missing; the words of the vectors belong there, one a line", path.string());
  }
  const MappedFile file(path);
  auto text = file.text();
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    words.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (static_cast<std::int64_t>(words.size()) != expected) {
    fail("{}: {} lines, but there are {} vectors; put the file that belongs to them there", path.string(), words.size(),
         expected);
  }
  return words;
}

}  // namespace zoo
