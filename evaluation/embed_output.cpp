#include "evaluation/embed_output.h"

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "formats/hdf5.h"
#include "formats/npy.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

std::span<const float> numbers_of(const Tensor& contiguous) {
  return {contiguous.const_data_ptr<float>(), static_cast<std::size_t>(contiguous.numel())};
}

/// [N, D] or [N, L, D]: words first, so that the file grows with the text.
class NpyOutput : public EmbedOutput {
 public:
  NpyOutput(const fs::path& path, const EmbedShape& shape)
      : vectors_(path, DType::f32,
                 shape.all ? std::vector<std::int64_t>{std::ssize(shape.layers), shape.width}
                           : std::vector<std::int64_t>{shape.width}),
        lengths_(lengths_file(path), DType::i64, {}) {}
  void write(std::int64_t, std::string_view, const std::vector<std::string>&, const Tensor& vectors) override {
    const auto words = vectors.transpose(0, 1).contiguous();  // [T, L, D]
    vectors_.write(std::as_bytes(numbers_of(words)));
    const std::int64_t length = words.size(0);
    lengths_.write(std::as_bytes(std::span(&length, 1)));
  }
  void commit() override {
    lengths_.commit();
    vectors_.commit();
  }

 private:
  NpyWriter vectors_, lengths_;
};

/// The layouts of the public ELMo tool: datasets named by the line's number, or by the line.
class Hdf5Output : public EmbedOutput {
 public:
  Hdf5Output(const fs::path& path, const EmbedShape& shape)
      : writer_(path), all_(shape.all), sentence_keys_(shape.sentence_keys) {}
  void write(std::int64_t line, std::string_view text, const std::vector<std::string>&,
             const Tensor& vectors) override {
    const auto given = vectors.contiguous();
    const auto& sizes = given.sizes();
    std::vector<std::int64_t> shape(sizes.begin() + (all_ ? 0 : 1), sizes.end());
    if (sentence_keys_) {
      write_by_sentence(line, std::string(text), {{}, std::move(shape), numbers_of(given)});
      return;
    }
    writer_.write({std::to_string(line), std::move(shape), numbers_of(given)});
    indices_ += fmt::format("{}{}: \"{}\"", indices_.size() > 1 ? ", " : "",
                            Json(text).dump(-1, ' ', false, Json::error_handler_t::replace), line);
  }
  void commit() override {
    if (!sentence_keys_) writer_.write_text("sentence_to_index", indices_ + "}");
    writer_.commit();
  }

 private:
  void write_by_sentence(std::int64_t line, std::string text, Hdf5Dataset dataset) {
    if (text.empty() || !seen_.insert(text).second) return;
    dataset.name = std::move(text);
    try {
      writer_.write(dataset);
    } catch (const Error& error) {
      fail("{} (line {}; --keys lines names datasets by numbers)", error.what(), line + 1);
    }
  }

  Hdf5Writer writer_;
  bool all_, sentence_keys_;
  std::unordered_set<std::string> seen_;
  std::string indices_ = "{";  // a JSON object; of a sentence that stands twice readers take the last
};

/// An object a line.
class JsonOutput : public EmbedOutput {
 public:
  JsonOutput(const fs::path& path, const EmbedShape& shape) : file_(path), all_(shape.all) {
    head_ = all_ ? fmt::format("\"layers\": {}", Json(shape.layers).dump())
                 : fmt::format("\"layer\": {}", Json(shape.layers[0]).dump());
  }
  void write(std::int64_t line, std::string_view, const std::vector<std::string>& words,
             const Tensor& vectors) override {
    text_.clear();
    fmt::format_to(std::back_inserter(text_), "{{\"line\": {}, {}, \"words\": {}, \"vectors\": ", line, head_,
                   Json(words).dump(-1, ' ', false, Json::error_handler_t::replace));
    const auto given = vectors.contiguous();  // [L, T, D]
    if (all_) text_ += '[';
    for (std::int64_t l = 0; l < given.size(0); ++l) add_rows(given[l], l);
    text_ += all_ ? "]}\n" : "}\n";
    file_.write(text_);
  }
  void commit() override { file_.commit(); }

 private:
  void add_rows(const Tensor& rows, std::int64_t before) {
    text_ += before > 0 ? ", [" : "[";
    const auto* at = rows.const_data_ptr<float>();
    for (std::int64_t t = 0; t < rows.size(0); ++t) {
      text_ += t > 0 ? ", [" : "[";
      for (std::int64_t d = 0; d < rows.size(1); ++d, ++at) {
        if (d > 0) text_ += ", ";
        if (std::isfinite(*at)) {
          fmt::format_to(std::back_inserter(text_), "{}", *at);  // the shortest that reads back as the same float32
        } else {
          text_ += "null";
        }
      }
      text_ += ']';
    }
    text_ += ']';
  }

  AtomicFile file_;
  bool all_;
  std::string head_, text_;
};

}  // namespace

fs::path lengths_file(const fs::path& npy) {
  auto path = npy;
  return path.replace_extension(".lengths.npy");
}

std::unique_ptr<EmbedOutput> make_embed_output(const fs::path& path, const EmbedShape& shape) {
  const auto ending = path.extension();
  if (shape.sentence_keys && ending != ".hdf5" && ending != ".h5") {
    fail_usage("--keys sentences: is for .hdf5; {} holds lines in their order", path.string());
  }
  if (ending == ".npy") return std::make_unique<NpyOutput>(path, shape);
  if (ending == ".hdf5" || ending == ".h5") return std::make_unique<Hdf5Output>(path, shape);
  if (ending == ".jsonl") return std::make_unique<JsonOutput>(path, shape);
  fail_usage("--output {}: end it in .npy, .hdf5 or .jsonl, which chooses the format", path.string());
}

}  // namespace zoo
