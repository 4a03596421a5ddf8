#include "data/tag_lexicon.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace zoo {

TagLexicon::TagLexicon(std::span<const std::string> words, std::span<const std::int32_t> tags) {
  std::map<std::string_view, std::map<std::int32_t, std::int64_t>> counts;
  std::map<std::int32_t, std::int64_t> all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    ++counts[words[i]][tags[i]];
    ++all[tags[i]];
  }
  const auto most = [](const auto& of_tags) {
    return std::max_element(of_tags.begin(), of_tags.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  };
  for (const auto& [word, of_tags] : counts) {
    words_.emplace_back(word);
    entries_.push_back({most(of_tags), of_tags.size() > 1});
  }
  if (!all.empty()) most_frequent_ = most(all);
}

TagLexicon::TagLexicon(std::vector<std::string> words, std::vector<Entry> entries, std::int32_t most_frequent)
    : words_(std::move(words)), entries_(std::move(entries)), most_frequent_(most_frequent) {
  if (words_.size() != entries_.size()) fail("a lexicon of {} words has {} entries", words_.size(), entries_.size());
  if (!std::is_sorted(words_.begin(), words_.end())) fail("the words of a lexicon are not in order; is it damaged?");
}

const TagLexicon::Entry* TagLexicon::find(std::string_view word) const {
  const auto found = std::lower_bound(words_.begin(), words_.end(), word);
  return found == words_.end() || *found != word ? nullptr
                                                 : &entries_[static_cast<std::size_t>(found - words_.begin())];
}

}  // namespace zoo
