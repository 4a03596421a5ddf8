#include "formats/embedding_table.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "base/error.h"
#include "base/parallel.h"
#include "formats/row_length.h"

namespace zoo {
namespace {

constexpr std::int64_t kMadeTogether = 256;  ///< rows

/// Rows are measured so many together: few enough that who measures them finds them in the second cache afterwards.
constexpr std::int64_t kMeasuredTogether = 32;

/// As many numbers are measured by one thread in about a millisecond: more are shared out.
constexpr std::int64_t kWorthThreads = 1 << 20;

}  // namespace

struct EmbeddingTable::Words {
  std::vector<std::string> texts;
  std::once_flag indexed;
  WordIndex rows;
};

struct EmbeddingTable::Lengths {
  std::once_flag made;
  std::unique_ptr<float[]> norms;              // [V], untouched (and so without memory) until measured
  std::unique_ptr<std::once_flag[]> measured;  // by blocks of kMeasuredTogether rows
};

struct EmbeddingTable::Made {
  struct Block {
    std::once_flag once;
    std::atomic<bool> ready = false;
  };
  MakeRow make;
  std::int64_t size = 0;            // V, also where a shorter table shares the rows
  std::unique_ptr<float[]> rows;    // [V, D], untouched (and so without memory) until made
  std::unique_ptr<Block[]> blocks;  // of kMadeTogether rows each
};

void EmbeddingTable::set_words(std::vector<std::string> words) {
  size_ = static_cast<std::int64_t>(words.size());
  words_ = std::make_shared<Words>();
  words_->texts = std::move(words);
  lengths_ = std::make_shared<Lengths>();
  if (dimension_ <= 0) fail("word vectors: {} dimensions; at least one is needed", dimension_);
  if (size_ == 0) fail("word vectors: there is no word");
}

EmbeddingTable::EmbeddingTable(std::vector<std::string> words, std::vector<float> rows, std::int64_t dimension)
    : dimension_(dimension) {
  set_words(std::move(words));
  const auto held = std::make_shared<const std::vector<float>>(std::move(rows));
  if (held->size() != static_cast<std::size_t>(size_ * dimension_)) {
    fail("word vectors: {} words of {} dimensions do not fit {} numbers", size_, dimension_, held->size());
  }
  base_ = reinterpret_cast<const std::byte*>(held->data());
  keeper_ = held;
}

EmbeddingTable::EmbeddingTable(std::vector<std::string> words, std::span<const float> rows, std::int64_t dimension,
                               std::shared_ptr<const void> keeper)
    : keeper_(std::move(keeper)), base_(reinterpret_cast<const std::byte*>(rows.data())), dimension_(dimension) {
  set_words(std::move(words));
  if (rows.size() != static_cast<std::size_t>(size_ * dimension_)) {
    fail("word vectors: {} words of {} dimensions do not fit {} numbers", size_, dimension_, rows.size());
  }
}

EmbeddingTable::EmbeddingTable(std::vector<std::string> words, const std::byte* base,
                               std::vector<std::uint64_t> offsets, std::int64_t dimension,
                               std::shared_ptr<const void> keeper)
    : keeper_(std::move(keeper)),
      offsets_(std::make_shared<const std::vector<std::uint64_t>>(std::move(offsets))),
      base_(base),
      dimension_(dimension) {
  set_words(std::move(words));
  if (offsets_->size() != static_cast<std::size_t>(size_)) {
    fail("word vectors: {} words do not fit {} rows", size_, offsets_->size());
  }
}

EmbeddingTable::EmbeddingTable(std::vector<std::string> words, std::int64_t dimension, MakeRow make)
    : made_(std::make_shared<Made>()), dimension_(dimension) {
  set_words(std::move(words));
  made_->make = std::move(make);
  made_->size = size_;
  made_->rows = std::make_unique_for_overwrite<float[]>(static_cast<std::size_t>(size_ * dimension_));
  made_->blocks = std::make_unique<Made::Block[]>(static_cast<std::size_t>(size_ / kMadeTogether + 1));
  base_ = reinterpret_cast<const std::byte*>(made_->rows.get());
}

void EmbeddingTable::make_sure_of(std::int64_t row) const {
  auto& block = made_->blocks[static_cast<std::size_t>(row / kMadeTogether)];
  if (block.ready.load(std::memory_order_acquire)) return;
  std::call_once(block.once, [&] {
    const auto begin = row / kMadeTogether * kMadeTogether, end = std::min(begin + kMadeTogether, made_->size);
    for (auto i = begin; i < end; ++i) made_->make(i, made_->rows.get() + i * dimension_);
    block.ready.store(true, std::memory_order_release);
  });
}

std::optional<std::vector<float>> EmbeddingTable::unknown(std::string_view word) const {
  if (unknown_ == nullptr) return std::nullopt;
  std::vector<float> vector(static_cast<std::size_t>(dimension_));
  if (!(*unknown_)(word, vector.data())) return std::nullopt;
  return vector;
}

EmbeddingTable EmbeddingTable::first(std::int64_t count) const {
  if (count >= size_) return *this;
  auto part = *this;
  part.set_words({words_->texts.begin(), words_->texts.begin() + std::max<std::int64_t>(count, 0)});
  return part;
}

const std::vector<std::string>& EmbeddingTable::words() const { return words_->texts; }

const WordIndex& EmbeddingTable::index() const {
  std::call_once(words_->indexed, [this] { words_->rows = WordIndex(words_->texts); });
  return words_->rows;
}

std::optional<std::int64_t> EmbeddingTable::find(std::string_view word) const { return index().find(word); }

std::int64_t EmbeddingTable::doubled_words() const { return size_ - index().size(); }

void EmbeddingTable::copy_row(std::int64_t row, float* out) const {
  std::memcpy(out, row_bytes(row), static_cast<std::size_t>(dimension_) * sizeof(float));
}

std::vector<float> EmbeddingTable::row(std::int64_t row) const {
  std::vector<float> copy(static_cast<std::size_t>(dimension_));
  copy_row(row, copy.data());
  return copy;
}

std::optional<std::span<const float>> EmbeddingTable::contiguous() const {
  if (made_ != nullptr) {
    for (std::int64_t row = 0; row < size_; row += kMadeTogether) make_sure_of(row);
  }
  if (offsets_ || reinterpret_cast<std::uintptr_t>(base_) % alignof(float) != 0) return std::nullopt;
  return std::span(reinterpret_cast<const float*>(base_), static_cast<std::size_t>(size_ * dimension_));
}

std::span<const float> EmbeddingTable::norms(std::int64_t count) const {
  count = std::clamp<std::int64_t>(count, 0, size_);
  const auto blocks = (count + kMeasuredTogether - 1) / kMeasuredTogether;
  const int threads = count * dimension_ < kWorthThreads ? 1 : available_threads();
  run_on_threads(threads, [&](int thread) {
    norms(blocks * thread / threads * kMeasuredTogether,
          std::min(count, blocks * (thread + 1) / threads * kMeasuredTogether));
  });
  return norms(0, count);
}

std::span<const float> EmbeddingTable::norms(std::int64_t begin, std::int64_t end) const {
  auto& lengths = *lengths_;
  const auto size = static_cast<std::size_t>(size_);
  std::call_once(lengths.made, [&] {
    lengths.norms = std::make_unique_for_overwrite<float[]>(size);
    lengths.measured = std::make_unique<std::once_flag[]>(size / kMeasuredTogether + 1);
  });
  for (auto block = begin / kMeasuredTogether; block * kMeasuredTogether < end; ++block) {
    std::call_once(lengths.measured[static_cast<std::size_t>(block)], [&] {
      const auto last = std::min(size_, (block + 1) * kMeasuredTogether);
      for (auto i = block * kMeasuredTogether; i < last; ++i) {
        lengths.norms[static_cast<std::size_t>(i)] = row_length(row_bytes(i), dimension_);
      }
    });
  }
  return {lengths.norms.get() + begin, static_cast<std::size_t>(std::max<std::int64_t>(0, end - begin))};
}

}  // namespace zoo
