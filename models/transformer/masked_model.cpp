#include "models/transformer/masked_model.h"

#include <algorithm>

#include "base/error.h"

namespace zoo::transformer {
namespace {

/// One line with a gap.
struct Gapped {
  std::vector<std::int64_t> words;
  std::int64_t gap = 0;
};

/// left, right: R words each, kPad where the text ends. At most `longest` words, as evenly around the gap as can be.
Gapped line_around(const std::int64_t* left, const std::int64_t* right, std::int64_t radius, std::int64_t longest) {
  auto begin = radius;  // of the line's words in `left`
  while (begin > 0 && left[begin - 1] != kPad && left[begin - 1] != kEnd) --begin;
  std::int64_t end = 0;  // of the line's words in `right`
  while (end < radius && right[end] != kPad && right[end] != kEnd) ++end;
  if (end < radius && right[end] == kEnd) ++end;  // the line's own end belongs to it
  auto before = radius - begin;
  while (before + 1 + end > longest) (before > end ? before : end)--;
  Gapped line;
  line.words.assign(left + radius - before, left + radius);
  line.gap = before;
  line.words.push_back(kMask);
  line.words.insert(line.words.end(), right, right + end);
  return line;
}

}  // namespace

MaskedModel::MaskedModel(const TransformerOptions& options, const VocabularyFacts& vocabulary)
    : Transformer(options, vocabulary) {
  if (!options.predicts()) network_->eval();  // nobody trains it
}

Tensor MaskedModel::read(const Tensor& ids, const Tensor& lengths, Recording* recording) const {
  const std::int64_t front = given().begins() ? 1 : 0;
  const auto marked = front == 0 ? ids : torch::constant_pad_nd(ids, {1, 0}, kBegin);  // [B, 1 + T]
  Reading reading;
  reading.self.allowed = padding_mask(lengths + front, marked.size(1));
  reading.recording = recording;
  return network_->encode(marked, reading).narrow(1, front, ids.size(1));
}

Loss MaskedModel::loss(const Batch& batch, State&) {
  return loss_of(read(batch.input, lengths_of(batch)), batch.target);
}

Tensor MaskedModel::cloze(const Tensor& left, const Tensor& right) const {
  const torch::NoGradGuard no_gradient;
  const auto rows = left.size(0), radius = left.size(1);
  const auto before = left.contiguous(), after = right.contiguous();
  std::vector<Gapped> lines;
  std::int64_t longest = 1;
  for (std::int64_t row = 0; row < rows; ++row) {
    lines.push_back(line_around(before.const_data_ptr<std::int64_t>() + row * radius,
                                after.const_data_ptr<std::int64_t>() + row * radius, radius, longest_line()));
    longest = std::max<std::int64_t>(longest, std::ssize(lines.back().words));
  }
  auto ids = torch::full({rows, longest}, std::int64_t{kPad}, torch::kInt64);                      // [B, T]
  auto lengths = torch::empty({rows}, torch::kInt64), gaps = torch::empty({rows}, torch::kInt64);  // [B]
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto& [words, gap] = lines[static_cast<std::size_t>(row)];
    std::copy(words.begin(), words.end(), ids.data_ptr<std::int64_t>() + row * longest);
    lengths.data_ptr<std::int64_t>()[row] = std::ssize(words);
    gaps.data_ptr<std::int64_t>()[row] = gap;
  }
  return log_probabilities(rows_at(read(ids, lengths), gaps));  // [B, V]
}

Tensor MaskedModel::context_vectors(const WordRows& rows, State&) const {
  return layers_over_pieces(rows, before(), kEnd);
}

Tensor MaskedModel::sentence_means(const WordRows& rows) const { return mean_over_pieces(rows, before(), kEnd); }

std::vector<AttentionTrace> MaskedModel::attention_traces(const Batch& batch, std::string_view attention) const {
  if (attention != "encoder") fail_no_attention(attention);
  const torch::NoGradGuard no_gradient;
  check_length(batch.input.size(1));
  Recording recording;
  Reading reading;
  reading.self.allowed = padding_mask(lengths_of(batch), batch.input.size(1));
  reading.recording = &recording;
  network_->encode(batch.input, reading);
  return on_cpu(recording.self);
}

}  // namespace zoo::transformer
