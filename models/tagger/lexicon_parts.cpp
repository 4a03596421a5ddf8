#include <cstring>

#include "base/error.h"
#include "models/tagger/tagger.h"

namespace zoo::tagger {
namespace {

Tensor of_type(const Parts& parts, const std::string& name, at::ScalarType type) {
  for (const auto& [other, tensor] : parts) {
    if (other == name && tensor.scalar_type() == type && tensor.dim() == 1) return tensor.contiguous();
  }
  fail("'{}' is missing or of another kind; was this run written by another zoo?", name);
}

}  // namespace

Parts parts_of(const TagLexicon& lexicon) {
  const auto count = std::ssize(lexicon.words());
  std::int64_t bytes = 0;
  for (const auto& word : lexicon.words()) bytes += std::ssize(word);
  auto words = torch::empty({bytes}, torch::kByte);                                               // [bytes]
  auto ends = torch::empty({count}, torch::kInt64), tags = torch::empty({count}, torch::kInt32);  // [W]
  auto ambiguous = torch::empty({count}, torch::kBool);                                           // [W]
  std::int64_t end = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto& word = lexicon.words()[static_cast<std::size_t>(i)];
    if (!word.empty()) std::memcpy(words.data_ptr<std::uint8_t>() + end, word.data(), word.size());
    end += std::ssize(word);
    const auto& entry = lexicon.entries()[static_cast<std::size_t>(i)];
    ends.data_ptr<std::int64_t>()[i] = end;
    tags.data_ptr<std::int32_t>()[i] = entry.tag;
    ambiguous.data_ptr<bool>()[i] = entry.ambiguous;
  }
  return {{"lexicon.words", words},
          {"lexicon.word_ends", ends},
          {"lexicon.tags", tags},
          {"lexicon.ambiguous", ambiguous},
          {"lexicon.most_frequent", torch::full({1}, lexicon.most_frequent(), torch::kInt32)}};
}

TagLexicon lexicon_of(const Parts& parts, std::int64_t tag_count) {
  const auto bytes = of_type(parts, "lexicon.words", torch::kByte);
  const auto ends = of_type(parts, "lexicon.word_ends", torch::kInt64);
  const auto tags = of_type(parts, "lexicon.tags", torch::kInt32);
  const auto ambiguous = of_type(parts, "lexicon.ambiguous", torch::kBool);
  const auto most_frequent = of_type(parts, "lexicon.most_frequent", torch::kInt32);
  const auto count = ends.size(0);
  if (tags.size(0) != count || ambiguous.size(0) != count || most_frequent.size(0) != 1) {
    fail("lexicon: {} words, {} tags; do they belong together?", count, tags.size(0));
  }
  const auto check_tag = [&](std::int32_t tag) {
    if (tag < 0 || tag >= tag_count) fail("lexicon: tag {} of {}; is the file damaged?", tag, tag_count);
  };
  std::vector<std::string> words;
  std::vector<TagLexicon::Entry> entries;
  std::int64_t begin = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto end = ends.const_data_ptr<std::int64_t>()[i];
    if (end < begin || end > bytes.size(0)) fail("lexicon: word {} ends at byte {} of {}", i, end, bytes.size(0));
    words.emplace_back(reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>()) + begin,
                       static_cast<std::size_t>(end - begin));
    entries.push_back({tags.const_data_ptr<std::int32_t>()[i], ambiguous.const_data_ptr<bool>()[i]});
    check_tag(entries.back().tag);
    begin = end;
  }
  const auto most = *most_frequent.const_data_ptr<std::int32_t>();
  if (count > 0) check_tag(most);
  return {std::move(words), std::move(entries), most};
}

}  // namespace zoo::tagger
