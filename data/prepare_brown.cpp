#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "data/prepare.h"

namespace zoo {
namespace {

constexpr std::uint64_t kLongestText = 1 << 20;  // the texts have about 20 KB

bool is_text_name(const std::string& name) {
  return name.size() == 4 && name[0] == 'c' && name[1] >= 'a' && name[1] <= 'r' && name[2] >= '0' && name[2] <= '9' &&
         name[3] >= '0' && name[3] <= '9';
}

std::vector<std::filesystem::path> texts_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> texts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_text_name(entry.path().filename().string())) texts.push_back(entry.path());
  }
  std::sort(texts.begin(), texts.end());
  return texts;
}

std::string utf8_of_latin1(std::string_view text) {
  std::string result;
  for (const char letter : text) append_utf8(result, static_cast<unsigned char>(letter));
  return result;
}

/// Writes one text sentence by sentence and counts.
class BrownWriter {
 public:
  explicit BrownWriter(const std::filesystem::path& folder)
      : plain_(folder / "brown.txt"), tagged_(folder / "brown.tagged.txt") {}

  void write_text(const std::filesystem::path& path) {
    if (texts_++ > 0) write_both("\n", "\n");
    const auto content = utf8_of_latin1(read_file(path, kLongestText));
    for (std::size_t start = 0; start < content.size();) {
      const auto end = std::min(content.find('\n', start), content.size());
      write_sentence(path, std::string_view(content).substr(start, end - start));
      start = end + 1;
    }
  }

  void finish(const std::filesystem::path& from, const BrownSize& expected) {
    if (texts_ != expected.texts || sentences_ != expected.sentences || tokens_ != expected.tokens) {
      fail("{}: {} texts, {} sentences, {} tokens, but the Brown corpus has {}, {}, {}; nothing was kept",
           from.string(), texts_, sentences_, tokens_, expected.texts, expected.sentences, expected.tokens);
    }
    plain_.commit();
    tagged_.commit();
  }

 private:
  void write_sentence(const std::filesystem::path& path, std::string_view line) {
    bool first = true;
    while (true) {
      const auto start = line.find_first_not_of(" \t\r");
      if (start == std::string_view::npos) break;
      line.remove_prefix(start);
      const auto token = line.substr(0, line.find_first_of(" \t\r"));
      line.remove_prefix(token.size());
      const auto slash = token.rfind('/');  // the word may hold slashes, "1/2/cd"
      if (slash == std::string_view::npos || slash == 0 || slash + 1 == token.size()) {
        fail("{}: \"{}\" is not word/tag", path.string(), token);
      }
      if (!first) write_both(" ", " ");
      write_both(token.substr(0, slash), token);
      first = false;
      ++tokens_;
    }
    if (first) return;
    write_both("\n", "\n");
    ++sentences_;
  }

  void write_both(std::string_view plain, std::string_view tagged) {
    plain_.write(plain);
    tagged_.write(tagged);
  }

  AtomicFile plain_, tagged_;
  std::int64_t texts_ = 0, sentences_ = 0, tokens_ = 0;
};

}  // namespace

void prepare_brown(const std::filesystem::path& from, const std::filesystem::path& to, const BrownSize& expected) {
  BrownWriter writer(to);
  for (const auto& text : texts_in(from)) writer.write_text(text);
  writer.finish(from, expected);
}

}  // namespace zoo
