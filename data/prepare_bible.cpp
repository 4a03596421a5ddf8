#include <sqlite3.h>

#include <array>
#include <cctype>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "data/prepare.h"

namespace zoo {
namespace {

/// The database's letter of a version and the file it becomes. Its `c` is left out: called the Chinese Union Version,
/// its text is that of the New Version, which is not free.
struct Version {
  const char* letter;
  const char* file;
};
constexpr std::array kVersions = {
    Version{"k", "bible.en.txt"}, Version{"4", "bible.en-web.txt"}, Version{"l", "bible.fr.txt"},
    Version{"v", "bible.es.txt"}, Version{"d", "bible.it.txt"},     Version{"r", "bible.ru.txt"},
};
constexpr double kMostOffRatio = 2.5;

struct Verse {
  int book, chapter, number;
  std::string text;
  bool same_place(const Verse& other) const {
    return std::tie(book, chapter, number) == std::tie(other.book, other.chapter, other.number);
  }
};

using Database = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;
using Query = std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)>;

Database open_database(const std::filesystem::path& path) {
  sqlite3* raw = nullptr;
  const auto status = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, nullptr);
  Database database(raw, &sqlite3_close);
  if (status != SQLITE_OK) fail("{}: cannot open: {}", path.string(), sqlite3_errmsg(raw));
  return database;
}

std::vector<Verse> read_version(sqlite3* database, const std::filesystem::path& path, const char* letter) {
  sqlite3_stmt* raw = nullptr;
  const char* sql = "SELECT bNumber, cNumber, vNumber, vText FROM bible WHERE bbName = ?1 ORDER BY 1, 2, 3";
  const auto prepared = sqlite3_prepare_v2(database, sql, -1, &raw, nullptr);
  const Query query(raw, &sqlite3_finalize);
  if (prepared != SQLITE_OK) fail("{}: not the database of verses: {}", path.string(), sqlite3_errmsg(database));
  sqlite3_bind_text(raw, 1, letter, -1, SQLITE_STATIC);
  std::vector<Verse> verses;
  int status = SQLITE_ROW;
  while ((status = sqlite3_step(raw)) == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(raw, 3));
    verses.push_back({sqlite3_column_int(raw, 0), sqlite3_column_int(raw, 1), sqlite3_column_int(raw, 2),
                      text == nullptr ? "" : text});
  }
  if (status != SQLITE_DONE) fail("{}: damaged: {}", path.string(), sqlite3_errmsg(database));
  return verses;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

bool digit_at(const std::string& text, std::size_t at) {
  return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
}

/// Without other numberings of the verse, "(18:2) ".
void drop_verse_marks(std::string& text) {
  for (auto at = text.find('('); at != std::string::npos; at = text.find('(', at)) {
    auto end = at + 1;
    while (digit_at(text, end)) ++end;
    const auto colon = end;
    if (colon > at + 1 && colon < text.size() && text[colon] == ':') {
      ++end;
      while (digit_at(text, end)) ++end;
      if (end > colon + 1 && end < text.size() && text[end] == ')') {
        text.erase(at, end + 1 - at);
        continue;
      }
    }
    ++at;
  }
}

/// Without the next psalm's heading, which the World English text has at the end of a psalm's last verse.
void drop_headings(std::string& text) {
  for (const std::string_view heading : {" BOOK I", " BOOK V", " Psalm "}) {
    const auto at = text.find(heading);
    if (at == std::string::npos || (heading == " Psalm " && !digit_at(text, at + heading.size()))) continue;
    text.resize(at);
  }
}

/// The verse as running text on one line.
std::string cleaned(std::string text) {
  if (text.find("by amos") != std::string::npos) return "";  // a placeholder of the database's maker
  replace_all(text, "\u00ad", "");                           // soft hyphens
  replace_all(text, "`", "'");
  drop_verse_marks(text);
  drop_headings(text);
  std::string result;
  for (const char letter : text) {
    const bool space = letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
    if (!space) {
      result += letter;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

double letters(const std::string& text) {
  double count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
  return count;
}

/// Which verses are kept, by comparing every version with the first.
std::vector<bool> choose(const std::vector<std::vector<Verse>>& versions) {
  const auto& standard = versions.front();
  std::vector<bool> kept(standard.size(), true);
  for (const auto& version : versions) {
    double all = 0, all_standard = 0;
    for (std::size_t i = 0; i < version.size(); ++i) {
      all += letters(version[i].text);
      all_standard += letters(standard[i].text);
    }
    for (std::size_t i = 0; i < version.size(); ++i) {
      const auto length = letters(version[i].text) * all_standard, usual = letters(standard[i].text) * all;
      if (length == 0 || length > kMostOffRatio * usual || usual > kMostOffRatio * length) kept[i] = false;
    }
  }
  return kept;
}

void write_version(const std::vector<Verse>& verses, const std::vector<bool>& kept, const std::filesystem::path& path) {
  AtomicFile file(path);
  const Verse* last = nullptr;
  for (std::size_t i = 0; i < verses.size(); ++i) {
    if (!kept[i]) continue;
    const auto& verse = verses[i];
    if (last != nullptr && std::tie(last->book, last->chapter) != std::tie(verse.book, verse.chapter)) file.write("\n");
    file.write(verse.text);
    file.write("\n");
    last = &verse;
  }
  file.commit();
}

}  // namespace

void prepare_bible(const std::filesystem::path& from, const std::filesystem::path& to, std::int64_t verses) {
  const auto path = from / "bible.db";
  const auto database = open_database(path);
  std::vector<std::vector<Verse>> versions;
  for (const auto& version : kVersions) {
    auto& read = versions.emplace_back(read_version(database.get(), path, version.letter));
    if (static_cast<std::int64_t>(read.size()) != verses) {
      fail("{}: version {} has {} verses, not {}; nothing was kept", path.string(), version.letter, read.size(),
           verses);
    }
    for (std::size_t i = 0; i < read.size(); ++i) {
      if (!read[i].same_place(versions.front()[i])) {
        fail("{}: version {} has other verses than version {}", path.string(), version.letter, kVersions[0].letter);
      }
      read[i].text = cleaned(std::move(read[i].text));
    }
  }
  const auto kept = choose(versions);
  const auto left_out = std::count(kept.begin(), kept.end(), false);
  log_info(
      fmt::format("bible: {} of {} verses left out (empty or not the same verse in one version)", left_out, verses));
  for (std::size_t i = 0; i < kVersions.size(); ++i) write_version(versions[i], kept, to / kVersions[i].file);
}

}  // namespace zoo
