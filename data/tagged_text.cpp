#include "data/tagged_text.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/random.h"
#include "data/text_reader.h"

namespace zoo {
namespace {

constexpr std::string_view kMarks[] = {"-hl", "-tl", "-nc", "-HL", "-TL", "-NC"};
constexpr std::size_t kLongestTag = 64;  // bytes
constexpr std::size_t kMostTags = 1000;  // more are no set of tags

/// Numbers tags in the order in which they come.
class TagNumbers {
 public:
  std::int32_t operator()(std::string_view tag) {
    const auto found = numbers_.find(tag);
    if (found != numbers_.end()) return found->second;
    return numbers_.emplace(tag, static_cast<std::int32_t>(numbers_.size())).first->second;
  }
  std::size_t size() const { return numbers_.size(); }
  /// The tags in byte order, and the place of each number among them.
  void sort_into(TaggedText& text) const {
    std::vector<std::int32_t> places(numbers_.size());
    for (const auto& [name, number] : numbers_) {
      places[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(text.names.size());
      text.names.push_back(name);
    }
    for (auto& tag : text.tags) tag = places[static_cast<std::size_t>(tag)];
  }

 private:
  std::map<std::string, std::int32_t, std::less<>> numbers_;
};

std::string shown(std::string_view token) {
  return token.size() <= 60 ? std::string(token) : fmt::format("{}… ({} bytes)", token.substr(0, 40), token.size());
}

void append(const TaggedText& from, std::size_t sentence, TaggedText& to) {
  for (auto i = from.sentences[sentence]; i < from.sentences[sentence + 1]; ++i) {
    to.words.push_back(from.words[i]);
    to.tags.push_back(from.tags[i]);
  }
  to.sentences.push_back(to.words.size());
}

}  // namespace

std::string_view base_tag(std::string_view tag) {
  if (tag.size() > 3 && (tag.starts_with("fw-") || tag.starts_with("FW-"))) tag.remove_prefix(3);
  tag = tag.substr(0, tag.find('+', 1));
  const auto marked = [&] {
    return std::any_of(std::begin(kMarks), std::end(kMarks),
                       [&](std::string_view mark) { return tag.size() > mark.size() && tag.ends_with(mark); });
  };
  while (marked()) tag.remove_suffix(3);
  while (tag.size() > 1 && tag.ends_with('*')) tag.remove_suffix(1);
  return tag;
}

TaggedText read_tagged_text(const std::vector<std::string>& inputs, Part part, TagForm form) {
  const TextReader reader(inputs, part);
  TaggedText text;
  TagNumbers numbers;
  BlockReader blocks(reader);
  for (TextBlock block; blocks.next(block);) {
    if (interrupted()) throw Interrupted("stopped while reading; nothing was written");
    for (const auto& line : block.lines) {
      const auto where = [&] {
        const auto before = block.text.begin() + line.begin;
        return fmt::format("{}, line {}", reader.files()[block.file].name,
                           block.first_line + std::count(block.text.begin(), before, '\n'));
      };
      auto rest = block.line(line);
      while (true) {
        const auto start = rest.find_first_not_of(" \t");
        if (start == std::string_view::npos) break;
        rest.remove_prefix(start);
        const auto token = rest.substr(0, rest.find_first_of(" \t"));
        rest.remove_prefix(token.size());
        const auto slash = token.rfind('/');  // the word may hold slashes, "1/2/cd"
        if (slash == std::string_view::npos || slash == 0 || slash + 1 == token.size() ||
            token.size() - slash - 1 > kLongestTag) {
          fail("{}: \"{}\" is not word/tag; give a text whose every word carries a tag, \"The/at jury/nn\"", where(),
               shown(token));
        }
        const auto tag = token.substr(slash + 1);
        text.words.emplace_back(token.substr(0, slash));
        text.tags.push_back(numbers(form == TagForm::base ? base_tag(tag) : tag));
        if (numbers.size() > kMostTags) {
          fail("{}: more than {} different tags; is this a text with tags behind the slashes?", where(), kMostTags);
        }
      }
      text.sentences.push_back(text.words.size());
    }
  }
  if (text.words.empty()) {
    fail("{}: its {} part holds no sentence; give a text of at least 20 lines", reader.name(), part_name(part));
  }
  numbers.sort_into(text);
  return text;
}

TaggedText drawn_sentences(const TaggedText& text, std::uint64_t seed, std::size_t limit) {
  std::vector<std::size_t> order(text.sentence_count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random(seed).shuffle(std::span(order));
  if (limit > 0 && limit < order.size()) order.resize(limit);
  TaggedText drawn;
  drawn.names = text.names;
  for (const auto sentence : order) append(text, sentence, drawn);
  return drawn;
}

TaggedText first_sentences(const TaggedText& text, std::size_t count) {
  TaggedText first;
  first.names = text.names;
  for (std::size_t i = 0; i < std::min(count, text.sentence_count()); ++i) append(text, i, first);
  return first;
}

std::vector<std::int32_t> tags_among(const TaggedText& text, std::span<const std::string> names) {
  std::vector<std::int32_t> places;
  for (const auto& name : text.names) {
    const auto found = std::find(names.begin(), names.end(), name);
    places.push_back(found == names.end() ? -1 : static_cast<std::int32_t>(found - names.begin()));
  }
  std::vector<std::int32_t> tags;
  tags.reserve(text.tags.size());
  for (const auto tag : text.tags) tags.push_back(tag < 0 ? -1 : places[static_cast<std::size_t>(tag)]);
  return tags;
}

}  // namespace zoo
