#include "evaluation/cloze.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "base/random.h"

namespace zoo {

namespace {

/// The first token of each document, then the corpus's size.
std::vector<std::int64_t> document_starts(const Corpus& corpus) {
  std::vector<std::int64_t> starts;
  for (const std::uint64_t line : corpus.documents()) {
    starts.push_back(static_cast<std::int64_t>(corpus.lines()[static_cast<std::size_t>(line)]));
  }
  return starts;
}

/// Places of words (not of line ends), drawn without repetition, in the text's order.
std::vector<std::int64_t> draw_places(const Corpus& corpus, const ClozeOptions& options) {
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < corpus.size(); ++i) {
    const TokenId id = corpus.ids()[static_cast<std::size_t>(i)];
    if (id == kUnknown || id >= kSpecialTokens) places.push_back(i);
  }
  if (places.empty()) fail("cloze: the text has no word to ask for");
  Random random(options.seed);
  const std::size_t wanted = std::min(places.size(), static_cast<std::size_t>(options.samples));
  for (std::size_t i = 0; i < wanted; ++i) std::swap(places[i], places[i + random.below(places.size() - i)]);
  places.resize(wanted);
  std::sort(places.begin(), places.end());
  return places;
}

/// Missing words and what stands around them.
struct Gaps {
  Tensor left, right, middle;
};

/// left, right [B, R]; middle [B].
Gaps windows_around(const Corpus& corpus, const std::vector<std::int64_t>& starts, const std::int64_t* places,
                    std::int64_t count, std::int64_t radius) {
  Gaps windows{torch::full({count, radius}, kPad, torch::kLong), torch::full({count, radius}, kPad, torch::kLong),
               torch::empty({count}, torch::kLong)};
  auto* left = windows.left.data_ptr<std::int64_t>();
  auto* right = windows.right.data_ptr<std::int64_t>();
  const auto ids = corpus.ids();
  for (std::int64_t row = 0; row < count; ++row) {
    const std::int64_t place = places[row];
    const auto next_document = std::upper_bound(starts.begin(), starts.end(), place);
    const std::int64_t begin = *(next_document - 1), end = *next_document;
    for (std::int64_t step = 1; step <= radius; ++step) {
      if (place - step >= begin) left[row * radius + radius - step] = ids[static_cast<std::size_t>(place - step)];
      if (place + step < end) right[row * radius + step - 1] = ids[static_cast<std::size_t>(place + step)];
    }
    windows.middle[row] = static_cast<std::int64_t>(ids[static_cast<std::size_t>(place)]);
  }
  return windows;
}

}  // namespace

double ClozeResult::coverage() const {
  const auto drawn = static_cast<double>(windows + unknown_windows);
  return drawn == 0 ? 0 : static_cast<double>(windows) / drawn;
}

Json ClozeResult::to_json() const {
  return {{"accuracy_at_1", accuracy_at_1},
          {"accuracy_at_5", accuracy_at_5},
          {"accuracy_at_10", accuracy_at_10},
          {"mean_reciprocal_rank", mean_reciprocal_rank},
          {"windows", windows},
          {"unknown_windows", unknown_windows},
          {"coverage", coverage()},
          {"left_only", left_only}};
}

ClozeResult cloze(const Cloze& model, const Corpus& corpus, const ClozeOptions& options) {
  const torch::NoGradGuard no_gradient;
  ClozeResult result;
  result.left_only = model.left_only();
  std::vector<std::int64_t> places = draw_places(corpus, options);
  const auto unknown = std::remove_if(places.begin(), places.end(), [&](std::int64_t place) {
    return corpus.ids()[static_cast<std::size_t>(place)] == kUnknown;
  });
  result.unknown_windows = places.end() - unknown;
  places.erase(unknown, places.end());
  if (places.empty())
    fail("cloze: every word drawn is unknown to the vocabulary; was the model trained on other text?");
  const std::vector<std::int64_t> starts = document_starts(corpus);

  const auto total = static_cast<std::int64_t>(places.size());
  Progress progress("cloze", static_cast<double>(total), "windows");
  std::int64_t at_1 = 0, at_5 = 0, at_10 = 0;
  double reciprocal_sum = 0;
  for (std::int64_t begin = 0; begin < total; begin += options.batch_size) {
    if (interrupted()) throw Interrupted("interrupted in the cloze test; nothing was written");
    const std::int64_t count = std::min(options.batch_size, total - begin);
    const auto [left, right, middle] =
        windows_around(corpus, starts, &places[static_cast<std::size_t>(begin)], count, options.radius);
    const Tensor scores = model.cloze(left, right);  // [B, V]
    if (scores.isnan().any().item<bool>()) fail("the model gave NaN as a cloze score; are its weights damaged?");
    const Tensor own = scores.gather(1, middle.unsqueeze(1));           // [B, 1]
    const Tensor ranks = scores.ge(own).sum(1).to(torch::kLong).cpu();  // [B]; the word itself makes the 1
    for (std::int64_t row = 0; row < count; ++row) {
      const auto rank = ranks[row].item<std::int64_t>();
      at_1 += rank <= 1;
      at_5 += rank <= 5;
      at_10 += rank <= 10;
      reciprocal_sum += 1.0 / static_cast<double>(rank);
    }
    progress.update(static_cast<double>(begin + count));
  }
  const auto n = static_cast<double>(total);
  result.windows = total;
  result.accuracy_at_1 = static_cast<double>(at_1) / n;
  result.accuracy_at_5 = static_cast<double>(at_5) / n;
  result.accuracy_at_10 = static_cast<double>(at_10) / n;
  result.mean_reciprocal_rank = reciprocal_sum / n;
  return result;
}

}  // namespace zoo
