#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace zoo {

/// The row of each word, the first where it stands several times; open addressing with linear probing, two slots or
/// more a word. A slot holds the upper half of the hash and the row + 1 (0: free). The words stay where they are and
/// must outlive this; at most 2^32 - 2 of them.
class WordIndex {
 public:
  WordIndex() = default;
  explicit WordIndex(std::span<const std::string> words);

  std::optional<std::int64_t> find(std::string_view word) const;
  std::int64_t size() const { return size_; }  ///< different words

 private:
  std::size_t place_of(std::string_view word, std::uint64_t hash) const;

  std::span<const std::string> words_;
  std::vector<std::uint64_t> slots_;
  std::int64_t size_ = 0;
};

}  // namespace zoo
