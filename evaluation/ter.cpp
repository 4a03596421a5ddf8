#include "evaluation/ter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "evaluation/score_text.h"

namespace zoo {
namespace {

constexpr std::int64_t kLongestShift = 10, kFarthestShift = 50, kBeam = 25, kMostShifts = 1000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 2;

using Words = std::vector<std::int64_t>;  ///< a number for each different word

/// How a cell of the table of edit distances was reached.
enum class Edit : char { none, keep, substitute, remove, insert };

/// Edit distances from the beginnings of one sentence, the translation, to those of a reference that stays the same.
/// Sentences that are asked for one after another share their first rows where their first words are the same.
class EditTable {
 public:
  explicit EditTable(const Words& reference) : reference_(reference), width_(reference.size() + 1) {}

  /// The distance of `words` to the reference.
  std::int64_t distance(const Words& words) {
    std::size_t same = 0;
    if (words.size() == words_.size()) {  // rows depend on the length too: it sets where the beam lies
      while (same < words.size() && words[same] == words_[same]) ++same;
      if (same == words.size()) --same;  // the last row is the answer: always made
    }
    if (words.empty()) same = 0;
    words_ = words;
    cells_.resize((words.size() + 1) * width_);
    if (same == 0) first_row();
    for (auto i = same + 1; i <= words.size(); ++i) row(i);
    return cells_.back().cost;
  }

  /// The edits that lead from the words last asked for to the reference, first words first.
  std::vector<Edit> edits() const {
    std::vector<Edit> edits;
    for (auto i = words_.size(), j = reference_.size(); i > 0 || j > 0;) {
      edits.push_back(at(i, j).edit);
      if (edits.back() != Edit::insert) --i;
      if (edits.back() != Edit::remove) --j;
    }
    std::reverse(edits.begin(), edits.end());
    return edits;
  }

 private:
  struct Cell {
    std::int64_t cost = kNever;
    Edit edit = Edit::none;
  };
  const Cell& at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }

  void first_row() {
    for (std::size_t j = 0; j < width_; ++j) cells_[j] = {static_cast<std::int64_t>(j), Edit::insert};
  }

  void row(std::size_t i) {
    auto* cells = cells_.data() + i * width_;
    const auto* above = cells - width_;
    std::fill_n(cells, width_, Cell{});
    const auto ratio = static_cast<double>(reference_.size()) / static_cast<double>(words_.size());
    const auto beam = static_cast<double>(kBeam) < ratio / 2
                          ? static_cast<std::int64_t>(std::ceil(ratio / 2 + static_cast<double>(kBeam)))
                          : kBeam;
    const auto middle = static_cast<std::int64_t>(std::floor(static_cast<double>(i) * ratio));
    const auto whole = static_cast<std::int64_t>(width_);
    const auto from = std::max<std::int64_t>(0, middle - beam);
    const auto to = i == words_.size() ? whole : std::min(whole, middle + beam);
    for (auto j = static_cast<std::size_t>(from); j < static_cast<std::size_t>(to); ++j) {
      auto& cell = cells[j];
      // Of ways that cost the same the first counts.
      const auto take = [&](const Cell& before, std::int64_t cost, Edit edit) {
        if (before.cost + cost < cell.cost) cell = {before.cost + cost, edit};
      };
      if (j == 0) {
        cell = {above[0].cost + 1, Edit::remove};
        continue;
      }
      const bool same = words_[i - 1] == reference_[j - 1];
      take(above[j - 1], same ? 0 : 1, same ? Edit::keep : Edit::substitute);
      take(above[j], 1, Edit::remove);
      take(cells[j - 1], 1, Edit::insert);
    }
  }

  const Words& reference_;
  std::size_t width_;
  Words words_;
  std::vector<Cell> cells_;
};

/// Which word of the translation stands at each of the reference, and which of both are wrong.
struct Alignment {
  std::vector<std::int64_t> place;  ///< of each word of the reference, −1 before the first
  std::vector<bool> reference_wrong, hypothesis_wrong;

  explicit Alignment(const std::vector<Edit>& edits) {
    std::int64_t at = -1;
    for (const auto edit : edits) {
      const bool wrong = edit != Edit::keep;
      if (edit != Edit::insert) {
        ++at;
        hypothesis_wrong.push_back(wrong);
      }
      if (edit != Edit::remove) {
        place.push_back(at);
        reference_wrong.push_back(wrong);
      }
    }
  }
};

bool any_of(const std::vector<bool>& flags, std::size_t first, std::size_t count) {
  const auto begin = flags.begin() + static_cast<std::ptrdiff_t>(first);
  return std::any_of(begin, begin + static_cast<std::ptrdiff_t>(count), [](bool flag) { return flag; });
}

/// The words with those of [start, start + length) before the one that stood at `target`; a target within or just
/// behind the phrase counts from what is left of the sentence.
Words shifted(const Words& words, std::size_t start, std::size_t length, std::size_t target) {
  Words out = words;
  const auto first = out.begin() + static_cast<std::ptrdiff_t>(start),
             last = first + static_cast<std::ptrdiff_t>(length);
  if (target < start) {
    std::rotate(out.begin() + static_cast<std::ptrdiff_t>(target), first, last);
  } else {
    const auto end = target > start + length ? target : length + target;
    std::rotate(first, last, out.begin() + static_cast<std::ptrdiff_t>(std::min(end, out.size())));
  }
  return out;
}

struct Shift {
  std::int64_t saved, length, start, target;
  Words words;
  /// What Tercom prefers: what saves most, then long phrases, then early ones, then early targets.
  auto rank() const { return std::tuple(saved, length, -start, -target); }
};

/// The best shift, if there is one to try. `tried` counts them over all rounds.
std::optional<Shift> best_shift(const Words& words, const Words& reference, EditTable& table, std::int64_t& tried) {
  const auto before = table.distance(words);
  const Alignment aligned(table.edits());
  std::optional<Shift> best;
  const auto try_shifts = [&](std::size_t start, std::size_t there, std::size_t length) {
    if (!any_of(aligned.hypothesis_wrong, start, length) || !any_of(aligned.reference_wrong, there, length)) return;
    const auto stands = aligned.place[there];
    if (stands >= static_cast<std::int64_t>(start) && stands < static_cast<std::int64_t>(start + length)) return;
    std::int64_t last = -1;
    for (auto place = static_cast<std::int64_t>(there) - 1; place < static_cast<std::int64_t>(there + length);
         ++place) {
      if (place >= static_cast<std::int64_t>(aligned.place.size())) break;
      const auto target = place < 0 ? 0 : aligned.place[static_cast<std::size_t>(place)] + 1;
      if (target == last) continue;
      last = target;
      auto moved = shifted(words, start, length, static_cast<std::size_t>(target));
      Shift shift{before - table.distance(moved), static_cast<std::int64_t>(length), static_cast<std::int64_t>(start),
                  target, std::move(moved)};
      ++tried;
      if (!best || shift.rank() > best->rank()) best = std::move(shift);
    }
  };
  const auto apart = [](std::size_t a, std::size_t b) { return a > b ? a - b : b - a; };
  for (std::size_t start = 0; start < words.size(); ++start) {
    for (std::size_t there = 0; there < reference.size(); ++there) {
      if (apart(start, there) > static_cast<std::size_t>(kFarthestShift)) continue;
      for (std::size_t length = 1;
           length <= static_cast<std::size_t>(kLongestShift) && start + length <= words.size() &&
           there + length <= reference.size() && words[start + length - 1] == reference[there + length - 1];
           ++length) {
        try_shifts(start, there, length);
        if (tried >= kMostShifts) return best;
      }
    }
  }
  return best;
}

std::vector<std::string> words_of(const std::string& segment, bool case_sensitive) {
  return words_between_spaces(case_sensitive ? segment : lower_case(segment));
}

}  // namespace

std::int64_t translation_edits(const std::vector<std::string>& hypothesis, const std::vector<std::string>& reference) {
  if (reference.empty()) return std::ssize(hypothesis);
  std::unordered_map<std::string, std::int64_t> numbers;
  const auto numbered = [&](const std::vector<std::string>& words) {
    Words out;
    for (const auto& word : words) out.push_back(numbers.try_emplace(word, std::ssize(numbers)).first->second);
    return out;
  };
  auto words = numbered(hypothesis);
  const auto wanted = numbered(reference);
  EditTable table(wanted);
  std::int64_t shifts = 0, tried = 0;
  while (auto shift = best_shift(words, wanted, table, tried)) {
    if (tried >= kMostShifts || shift->saved <= 0) break;
    ++shifts;
    words = std::move(shift->words);
  }
  return shifts + table.distance(words);
}

std::string TerMetric::signature(std::size_t references) const {
  return fmt::format("nrefs:{}|case:{}|tok:tercom|norm:no|punct:yes|asian:no|version:2.6.0", references,
                     case_sensitive_ ? "mixed" : "lc");
}

std::vector<double> TerMetric::counts(const std::string& hypothesis, const std::vector<std::string>& references) const {
  const auto words = words_of(hypothesis, case_sensitive_);
  std::int64_t least = kNever, length = 0;
  for (const auto& reference : references) {
    const auto wanted = words_of(reference, case_sensitive_);
    least = std::min(least, translation_edits(words, wanted));
    length += std::ssize(wanted);
  }
  return {static_cast<double>(least), static_cast<double>(length) / static_cast<double>(references.size())};
}

double TerMetric::score(const std::vector<double>& counts) const {
  const auto edits = counts.empty() ? 0 : counts[0], words = counts.empty() ? 0 : counts[1];
  if (words > 0) return 100 * edits / words;
  return edits > 0 ? 100 : 0;
}

}  // namespace zoo
