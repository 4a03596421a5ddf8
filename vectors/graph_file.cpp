#include "vectors/graph_file.h"

#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace zoo {
namespace {

/// The numbers that a file begins with, one after the other without gaps.
struct Header {
  std::uint64_t first, capacity, elements, element_bytes, label_place, vector_place;
  std::int32_t top_level;
  std::uint32_t entry;
  std::uint64_t links, links_at_bottom, links_again;
  double level_scale;
  std::uint64_t candidates;
};
constexpr std::size_t kHeader = 6 * 8 + 2 * 4 + 3 * 8 + 8 + 8;
constexpr std::uint64_t kLink = sizeof(std::uint32_t);  ///< of one link, and of the count before a list

class GraphFile {
 public:
  GraphFile(const std::filesystem::path& path, std::int64_t dimension, std::int64_t rows)
      : path_(path), file_(path), dimension_(static_cast<std::uint64_t>(dimension)), rows_(rows) {}

  std::size_t check() {
    read_header();
    const auto bytes = file_.bytes().size();
    if (header_.elements > (bytes - kHeader) / header_.element_bytes) cut_short();
    read_levels();
    if (header_.top_level != level_[header_.entry]) damaged("its highest level is not that of its entry");
    for (std::uint64_t element = 0; element < header_.elements; ++element) check_element(element);
    return header_.elements;
  }

 private:
  [[noreturn]] void damaged(const char* what) const {
    fail("{}: not a graph that hnswlib can be given: {}; remove it, and it is made anew", path_.string(), what);
  }
  [[noreturn]] void cut_short() const { damaged("cut short"); }

  template <class T>
  T at(std::uint64_t place) const {
    const auto bytes = file_.bytes();
    if (place > bytes.size() || bytes.size() - place < sizeof(T)) cut_short();
    T value;
    std::memcpy(&value, bytes.data() + place, sizeof(T));
    return value;
  }
  template <class T>
  void next(std::uint64_t& place, T& value) const {
    value = at<T>(place);
    place += sizeof(T);
  }

  void read_header() {
    auto& h = header_;
    std::uint64_t place = 0;
    for (auto* number : {&h.first, &h.capacity, &h.elements, &h.element_bytes, &h.label_place, &h.vector_place}) {
      next(place, *number);
    }
    next(place, h.top_level);
    next(place, h.entry);
    for (auto* number : {&h.links, &h.links_at_bottom, &h.links_again}) next(place, *number);
    next(place, h.level_scale);
    next(place, h.candidates);
    if (h.first != 0 || h.links < 2 || h.links > 10000 || h.links_again != h.links ||
        h.links_at_bottom != 2 * h.links || h.vector_place != (h.links_at_bottom + 1) * kLink ||
        h.label_place < h.vector_place || h.element_bytes != h.label_place + 8 || !(h.level_scale > 0) ||
        h.level_scale > 2) {
      damaged("its header is none");
    }
    if (h.label_place != h.vector_place + dimension_ * sizeof(float)) {
      fail("{}: a graph of vectors of dimension {}, these have {}; name another file for --index", path_.string(),
           (h.label_place - h.vector_place) / sizeof(float), dimension_);
    }
    if (h.elements < 1 || h.elements > h.capacity || h.elements > static_cast<std::uint64_t>(rows_)) {
      fail("{}: a graph of {} vectors, among {}; name another file for --index", path_.string(), h.elements, rows_);
    }
    if (h.entry >= h.elements || h.top_level < 0 || h.top_level > 64) damaged("its entry is none of its elements");
  }

  /// Where each element's lists above the bottom begin, and how many there are.
  void read_levels() {
    const auto list = (header_.links + 1) * kLink;
    auto place = kHeader + header_.elements * header_.element_bytes;
    for (std::uint64_t element = 0; element < header_.elements; ++element) {
      std::uint32_t bytes = 0;
      next(place, bytes);
      if (bytes % list != 0 || bytes / list > static_cast<std::uint64_t>(header_.top_level)) {
        damaged("an element has lists of no known length");
      }
      upper_.push_back(place);
      level_.push_back(static_cast<std::int32_t>(bytes / list));
      place += bytes;
    }
    if (place > file_.bytes().size()) cut_short();
    if (place < file_.bytes().size()) damaged("it goes on behind its end");
  }

  void check_list(std::uint64_t place, std::uint64_t most, std::int32_t level) const {
    const auto count = at<std::uint16_t>(place);
    if (count > most) damaged("a list has too many links");
    for (std::uint64_t i = 1; i <= count; ++i) {
      const auto link = at<std::uint32_t>(place + i * kLink);
      if (link >= header_.elements || level_[link] < level) damaged("a link leads nowhere");
    }
  }

  void check_element(std::uint64_t element) const {
    const auto place = kHeader + element * header_.element_bytes;
    check_list(place, header_.links_at_bottom, 0);
    if (at<std::uint64_t>(place + header_.label_place) >= static_cast<std::uint64_t>(rows_)) {
      damaged("a label is no row");
    }
    for (std::int32_t level = 1; level <= level_[element]; ++level) {
      const auto list = upper_[element] + static_cast<std::uint64_t>(level - 1) * (header_.links + 1) * kLink;
      check_list(list, header_.links, level);
    }
  }

  const std::filesystem::path& path_;
  MappedFile file_;
  std::uint64_t dimension_;
  std::int64_t rows_;
  Header header_ = {};
  std::vector<std::int32_t> level_;
  std::vector<std::uint64_t> upper_;
};

}  // namespace

std::size_t check_graph_file(const std::filesystem::path& path, std::int64_t dimension, std::int64_t rows) {
  return GraphFile(path, dimension, rows).check();
}

}  // namespace zoo
