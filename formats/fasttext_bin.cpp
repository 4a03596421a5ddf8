#include "formats/fasttext_bin.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "formats/vector_words.h"

namespace zoo {
namespace {

constexpr std::int32_t kMagic = 793712314;
constexpr std::int32_t kOldest = 11, kNewest = 12;
constexpr std::int32_t kSupervised = 3;           ///< args.model
constexpr std::int32_t kLongestSubword = 1000;    ///< characters; fastText's own default is 6
constexpr std::uint64_t kLeastEntry = 1 + 8 + 1;  ///< bytes of an entry whose word is empty
constexpr std::string_view kEnd = "</s>";

/// Takes one value after the other off a file's bytes.
class Cursor {
 public:
  Cursor(const std::filesystem::path& path, std::string_view rest) : path_(path), rest_(rest) {}

  template <class T>
  T take(std::string_view what) {
    T value;
    std::memcpy(&value, take_bytes(sizeof value, what).data(), sizeof value);
    return value;
  }
  /// Up to a zero byte.
  std::string_view take_text(std::string_view what) {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) cut_short(what);
    return take_bytes(end + 1, what).substr(0, end);
  }
  std::string_view take_bytes(std::uint64_t count, std::string_view what) {
    if (count > rest_.size()) cut_short(what);
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint64_t left() const { return rest_.size(); }

 private:
  [[noreturn]] void cut_short(std::string_view what) const {
    fail("{}: ends inside {}; was it cut short?", path_.string(), what);
  }
  const std::filesystem::path& path_;
  std::string_view rest_;
};

/// Bytes of a matrix [rows, columns] of float32, if that is a number below 2^63.
std::optional<std::uint64_t> matrix_bytes(std::int64_t rows, std::int64_t columns) {
  std::int64_t bytes = sizeof(float);
  if (rows < 0 || columns < 0 || __builtin_mul_overflow(bytes, rows, &bytes) ||
      __builtin_mul_overflow(bytes, columns, &bytes)) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(bytes);
}

void add_row(const std::byte* rows, std::int64_t row, std::int64_t dimension, float* sum) {
  const auto* at = rows + row * dimension * static_cast<std::int64_t>(sizeof(float));
  for (std::int64_t j = 0; j < dimension; ++j) {
    float value;
    std::memcpy(&value, at + j * static_cast<std::int64_t>(sizeof value), sizeof value);
    sum[j] += value;
  }
}

void divide(float* sum, std::int64_t dimension, std::size_t count) {
  for (std::int64_t j = 0; j < dimension; ++j) sum[j] /= static_cast<float>(count);
}

}  // namespace

bool FastTextBin::begins(std::string_view bytes) {
  std::int32_t magic = 0;
  if (bytes.size() < sizeof magic) return false;
  std::memcpy(&magic, bytes.data(), sizeof magic);
  return magic == kMagic;
}

FastTextBin::FastTextBin(const std::filesystem::path& path) : path_(path), file_(path) {
  const auto name = path.string();
  if (!begins(file_.text())) fail("{}: is no fastText .bin, it does not begin as one", name);
  Cursor cursor(path_, file_.text().substr(sizeof kMagic));
  const auto version = cursor.take<std::int32_t>("its version");
  if (version < kOldest || version > kNewest) {
    fail("{}: is of fastText's version {}, {} and {} are read; take the .vec beside it", name, version, kOldest,
         kNewest);
  }
  struct {
    std::int32_t dim, window, epoch, min_count, negative, word_ngrams, loss, model, bucket, minn, maxn, update_rate;
  } arguments;
  static_assert(sizeof arguments == 48);
  arguments = cursor.take<decltype(arguments)>("its settings");
  cursor.take<double>("its settings");
  if (version == kOldest && arguments.model == kSupervised) arguments.maxn = 0;  // as fastText itself takes them
  dimension_ = arguments.dim;
  subwords_ = {arguments.minn, arguments.maxn, arguments.bucket};
  if (dimension_ <= 0) fail("{}: announces {} dimensions; at least one is needed", name, dimension_);
  if (arguments.bucket < 0 || arguments.maxn > kLongestSubword) {
    fail("{}: announces {} buckets for n-grams of up to {} letters; is it damaged?", name, arguments.bucket,
         arguments.maxn);
  }

  const auto entries = cursor.take<std::int32_t>("its dictionary");
  const auto words = cursor.take<std::int32_t>("its dictionary");
  const auto labels = cursor.take<std::int32_t>("its dictionary");
  cursor.take<std::int64_t>("its dictionary");  // tokens of the training text
  const auto pruned = cursor.take<std::int64_t>("its dictionary");
  if (words < 0 || labels < 0 || std::int64_t{words} + labels != entries ||
      static_cast<std::uint64_t>(entries) > cursor.left() / kLeastEntry) {
    fail("{}: announces a dictionary of {} entries, {} words and {} labels, in {} bytes; is it damaged?", name, entries,
         words, labels, file_.text().size());
  }
  if (words == 0) fail("{}: has no words", name);
  words_.reserve(static_cast<std::size_t>(words));
  for (std::int32_t i = 0; i < entries; ++i) {
    const auto word = cursor.take_text("its dictionary");
    cursor.take<std::int64_t>("its dictionary");
    if ((cursor.take<std::int8_t>("its dictionary") == 0) != (i < words)) {
      fail("{}: entry {} of its dictionary is of the wrong kind, words come first; is it damaged?", name, i);
    }
    if (i < words) words_.push_back(word);
  }
  if (pruned > 0) cursor.take_bytes(std::min<std::uint64_t>(pruned, cursor.left() / 8 + 1) * 8, "its dictionary");
  if (pruned >= 0 || cursor.take<std::int8_t>("its vectors") != 0) {
    fail("{}: is quantised (an .ftz), which is not read; take the .bin that it was made of, or its .vec", name);
  }

  const auto rows = cursor.take<std::int64_t>("its vectors");
  const auto columns = cursor.take<std::int64_t>("its vectors");
  if (columns != dimension_ || rows != std::int64_t{words} + arguments.bucket) {
    fail("{}: has vectors [{}, {}] for {} words and {} buckets of {} dimensions; is it damaged?", name, rows, columns,
         words, arguments.bucket, dimension_);
  }
  const auto bytes = matrix_bytes(rows, columns);
  if (!bytes || *bytes > cursor.left()) {
    fail("{}: announces vectors [{}, {}], {} bytes are left of it; was it cut short?", name, rows, columns,
         cursor.left());
  }
  input_ = reinterpret_cast<const std::byte*>(cursor.take_bytes(*bytes, "its vectors").data());

  bool whole = false;
  if (cursor.left() >= 17) {
    cursor.take<std::int8_t>("");
    const auto output_rows = cursor.take<std::int64_t>("");
    const auto output = matrix_bytes(output_rows, cursor.take<std::int64_t>(""));
    whole = output && *output <= cursor.left();
  }
  if (!whole) {
    log_warning(fmt::format("{}: ends inside its output rows, was it cut short? All vectors of words are there", name));
  }
}

std::span<const std::byte> FastTextBin::subword_rows() const {
  const auto row_bytes = static_cast<std::size_t>(dimension_) * sizeof(float);
  return {input_ + words_.size() * row_bytes, static_cast<std::size_t>(subwords_.buckets) * row_bytes};
}

void FastTextBin::compose(std::int64_t row, float* out) const {
  std::fill_n(out, dimension_, 0.0F);
  add_row(input_, row, dimension_, out);
  const auto word = words_[static_cast<std::size_t>(row)];
  if (word == kEnd) return;
  const auto buckets = subword_buckets(word, subwords_);
  for (const auto bucket : buckets) add_row(input_, size() + bucket, dimension_, out);
  divide(out, dimension_, 1 + buckets.size());
}

bool compose_of_subwords(std::string_view word, const Subwords& subwords, std::span<const std::byte> rows,
                         std::int64_t dimension, float* out) {
  const auto buckets = subword_buckets(word, subwords);
  if (buckets.empty()) return false;
  std::fill_n(out, dimension, 0.0F);
  for (const auto bucket : buckets) add_row(rows.data(), bucket, dimension, out);
  divide(out, dimension, buckets.size());
  return true;
}

EmbeddingTable read_fasttext_bin(const std::filesystem::path& path) {
  const auto file = std::make_shared<const FastTextBin>(path);
  EmbeddingTable table({file->words().begin(), file->words().end()}, file->dimension(),
                       [file](std::int64_t row, float* out) { file->compose(row, out); });
  if (file->subwords().any()) {
    table.set_unknown([file](std::string_view word, float* out) {
      return compose_of_subwords(word, file->subwords(), file->subword_rows(), file->dimension(), out);
    });
  }
  warn_of_odd_words(path, table);
  return table;
}

}  // namespace zoo
