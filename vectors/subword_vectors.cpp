#include "vectors/subword_vectors.h"

#include <fmt/ranges.h>

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "runs/run_folder.h"

namespace zoo {

SubwordVectors::SubwordVectors(const Subwords& subwords, const TensorView& rows, std::shared_ptr<const void> keeper)
    : subwords_(subwords), keeper_(std::move(keeper)) {
  if (rows.dtype != DType::f32 || rows.shape.size() != 2 || rows.shape[0] != subwords.buckets || rows.shape[1] == 0) {
    fail("'{}' is {} [{}]; n-grams with {} buckets need a table F32 [{}, D]", rows.name, dtype_name(rows.dtype),
         fmt::join(rows.shape, ", "), subwords.buckets, subwords.buckets);
  }
  dimension_ = rows.shape[1];
  rows_ = rows.bytes.data();
}

std::optional<std::vector<float>> SubwordVectors::vector(std::string_view word) const {
  const auto buckets = subword_buckets(word, subwords_);
  if (buckets.empty()) return std::nullopt;
  const auto width = static_cast<std::size_t>(dimension_);
  std::vector<float> sum(width, 0.0F), row(width);
  for (const auto bucket : buckets) {
    std::memcpy(row.data(), rows_ + bucket * width * sizeof(float), width * sizeof(float));
    for (std::size_t d = 0; d < width; ++d) sum[d] += row[d];
  }
  for (auto& x : sum) x /= static_cast<float>(buckets.size());
  return sum;
}

std::optional<SubwordVectors> open_subword_vectors(const std::filesystem::path& run_or_file) {
  if (!is_directory(status_of(run_or_file))) return std::nullopt;
  const auto run = RunFolder::open(run_or_file);
  const auto vectors = run.config().value("word_vectors", Json());
  if (!vectors.is_object() || !vectors.contains("subwords")) return std::nullopt;
  const auto weights = run.weights_file().string();
  std::string tensor;
  Subwords subwords;
  try {
    const auto& entry = vectors.at("subwords");
    tensor = entry.at("tensor").get<std::string>();
    subwords = {entry.at("min_n").get<std::int64_t>(), entry.at("max_n").get<std::int64_t>(),
                entry.at("buckets").get<std::int64_t>()};
  } catch (const Json::exception&) {
    fail("{}: word_vectors.subwords is damaged; it holds tensor, min_n, max_n and buckets", run.config_file().string());
  }
  if (!subwords.any() || subwords.buckets > UINT32_MAX) {
    fail("{}: word_vectors.subwords: {} to {} characters in {} buckets are no n-grams", run.config_file().string(),
         subwords.shortest, subwords.longest, subwords.buckets);
  }
  if (!std::filesystem::exists(run.weights_file())) {
    fail("{}: missing; has the training of this run saved any weights yet?", weights);
  }
  const auto file = std::make_shared<const SafetensorsFile>(run.weights_file());
  try {
    return SubwordVectors(subwords, file->at(tensor), file);
  } catch (const Error& error) {
    const std::string_view text = error.what();
    if (text.find(weights) != std::string_view::npos) throw;
    fail("{}: {}", weights, text);
  }
}

}  // namespace zoo
