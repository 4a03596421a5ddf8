#include "models/layers/attention.h"

#include <ATen/ops/scaled_dot_product_attention.h>

#include "models/layers/few_query_attention.h"
#include "models/layers/multi_head_attention.h"
#include "tests/support/errors.h"

namespace zoo {
namespace {

using torch::Tensor;

constexpr std::int64_t kBatch = 3, kHeads = 2, kQueries = 5, kKeys = 5, kWidth = 8, kValues = 6;

struct Inputs {
  Tensor query = torch::randn({kBatch, kHeads, kQueries, kWidth});
  Tensor key = torch::randn({kBatch, kHeads, kKeys, kWidth});
  Tensor value = torch::randn({kBatch, kHeads, kKeys, kValues});
};

Inputs inputs() {
  torch::manual_seed(5);
  return {};
}

/// Every mask that there is, by its name.
std::vector<std::pair<std::string, AttentionMask>> masks() {
  const auto padding = padding_mask(torch::tensor({5, 3, 1}, torch::kInt64), kKeys);  // [B, 1, 1, S]
  return {{"none", {}}, {"causal", {true, {}}}, {"padding", {false, padding}}, {"both", {true, padding}}};
}

void expect_same(const Tensor& a, const Tensor& b, const std::string& what) {
  ASSERT_EQ(a.sizes(), b.sizes()) << what;
  EXPECT_LT((a - b).abs().max().item<double>(), 2e-6) << what;
}

TEST(Attention, VectorsMatricesAndFusedGiveTheSameWithEveryMask) {
  const auto [query, key, value] = inputs();
  for (const auto& [name, mask] : masks()) {
    const auto allowed = mask.combined(kQueries, kKeys);
    const auto matrices = attention_by_matrices(query, key, value, allowed);
    const auto everywhere = (allowed.defined() ? allowed : torch::ones({1}, torch::kBool))
                                .expand({kBatch, kHeads, kQueries, kKeys});  // [B, H, T, S]
    for (std::int64_t b = 0; b < kBatch; ++b) {
      for (std::int64_t h = 0; h < kHeads; ++h) {
        const auto vectors =
            attention_by_vectors(query[b][h], key[b][h], value[b][h], allowed.defined() ? everywhere[b][h] : Tensor());
        expect_same(vectors.values, matrices.values[b][h], name + ": values");
        expect_same(vectors.weights, matrices.weights[b][h], name + ": weights");
      }
    }
    expect_same(fused_attention(query, key, value, mask), matrices.values, name + ": fused");
    expect_same(at::scaled_dot_product_attention(query, key, value, everywhere), matrices.values, name + ": LibTorch");
    expect_same(matrices.weights.sum(-1), torch::ones({kBatch, kHeads, kQueries}), name + ": rows sum to one");
    EXPECT_EQ(matrices.weights.masked_fill(everywhere, 0).abs().max().item<double>(), 0) << name;
  }
}

TEST(Attention, GradientsOfMatricesAndFusedAreTheSameWithEveryMask) {
  for (const auto& [name, mask] : masks()) {
    auto ours = inputs(), fused = inputs();
    for (auto* one : {&ours, &fused}) {
      for (auto* tensor : {&one->query, &one->key, &one->value}) tensor->requires_grad_();
    }
    const auto direction = torch::randn({kBatch, kHeads, kQueries, kValues});
    (attention_by_matrices(ours.query, ours.key, ours.value, mask.combined(kQueries, kKeys)).values * direction)
        .sum()
        .backward();
    (fused_attention(fused.query, fused.key, fused.value, mask) * direction).sum().backward();
    expect_same(ours.query.grad(), fused.query.grad(), name + ": query");
    expect_same(ours.key.grad(), fused.key.grad(), name + ": key");
    expect_same(ours.value.grad(), fused.value.grad(), name + ": value");
  }
}

TEST(Attention, AQueryThatMayLookAtNothingGetsZeros) {
  const auto [query, key, value] = inputs();
  auto allowed = torch::ones({kQueries, kKeys}, torch::kBool);
  allowed[2].fill_(false);
  const auto vectors = attention_by_vectors(query[0][0], key[0][0], value[0][0], allowed);
  const auto matrices = attention_by_matrices(query[0][0], key[0][0], value[0][0], allowed);
  expect_same(vectors.values, matrices.values, "values");
  EXPECT_EQ(matrices.values[2].abs().max().item<double>(), 0);
  EXPECT_EQ(matrices.weights[2].abs().max().item<double>(), 0);
}

TEST(Attention, TheLastQueriesOfALongerTextSeeWhatTheySawInTheWhole) {
  const auto [query, key, value] = inputs();
  const auto whole = fused_attention(query, key, value, {true, {}});
  for (const std::int64_t last : {1, 2, 4}) {
    const auto part = fused_attention(query.narrow(2, kQueries - last, last), key, value, {true, {}});
    expect_same(part, whole.narrow(2, kQueries - last, last), fmt::format("the last {}", last));
  }
}

// The scores of d independent numbers of variance one have variance d, and softmax gives nearly all to one key; divided
// by √d they have variance one, and it does not (Vaswani et al. 2017, footnote 4).
TEST(Attention, WithoutTheRootOfDSoftmaxSaturates) {
  torch::manual_seed(1);
  const std::int64_t d = 256;
  const auto query = torch::randn({400, d}), key = torch::randn({50, d});
  const auto scores = query.matmul(key.t());  // [400, 50]
  EXPECT_NEAR(scores.var().item<double>() / static_cast<double>(d), 1, 0.15);
  const auto largest = [](const Tensor& weights) { return std::get<0>(weights.max(-1)).mean().item<double>(); };
  EXPECT_GT(largest(scores.softmax(-1)), 0.9);
  EXPECT_LT(largest(attention_by_matrices(query, key, key).weights), 0.2);
}

TEST(MultiHeadAttention, IsItsHeadsSideBySideThroughTheLastProduct) {
  torch::manual_seed(3);
  const torch::NoGradGuard no_gradient;
  const std::int64_t width = 12, heads = 3, d = width / heads;
  MultiHeadAttention attention(MultiHeadAttentionImpl::Kind::self, AttentionSizes{width, heads});
  const auto x = torch::randn({1, 4, width});  // [B, T, D]
  const auto& weight = attention->query_key_value->weight;
  const auto& bias = attention->query_key_value->bias;
  std::vector<Tensor> joined;
  for (std::int64_t h = 0; h < heads; ++h) {
    const auto project = [&](std::int64_t part) {  // each word's own vector times W_h^Q, W_h^K, W_h^V
      const auto row = part * width + h * d;
      return torch::linear(x[0], weight.narrow(0, row, d), bias.narrow(0, row, d));  // [T, d]
    };
    joined.push_back(attention_by_vectors(project(0), project(1), project(2), causal_mask(4, 4)).values);
  }
  const auto expected = attention->output(torch::cat(joined, 1));  // [T, D]
  std::vector<AttentionTrace> traces;
  expect_same(attention->forward(x, {true, {}}, nullptr, &traces)[0], expected, "output");
  ASSERT_EQ(traces.size(), 1);
  const auto& trace = traces[0];
  expect_same(attention_by_matrices(trace.query, trace.key, trace.value, trace.allowed).values[0][1], joined[1],
              "trace");
}

TEST(MultiHeadAttention, WithACacheWordsMayComeOneByOne) {
  torch::manual_seed(4);
  const torch::NoGradGuard no_gradient;
  MultiHeadAttention attention(MultiHeadAttentionImpl::Kind::self, AttentionSizes{12, 3});
  const auto x = torch::randn({2, 6, 12});  // [B, T, D]
  const auto whole = attention->forward(x, {true, {}});
  KeysValues cache;
  std::vector<Tensor> parts;
  for (const auto& [begin, count] : std::vector<std::pair<int, int>>{{0, 2}, {2, 1}, {3, 3}}) {
    parts.push_back(attention->forward(x.narrow(1, begin, count), {true, {}}, &cache));
  }
  EXPECT_EQ(cache.length(), 6);
  expect_same(torch::cat(parts, 1), whole, "output");
}

TEST(FewQueryAttention, IsTheAttentionOfTheNotesWithSharedHeadsMasksAndRowsFromElsewhere) {
  torch::manual_seed(6);
  const torch::NoGradGuard no_gradient;
  for (const std::int64_t words : {1, 15, 16, 37}) {
    for (const std::int64_t d : {4, 16, 50}) {
      for (const std::int64_t groups : {1, 2, 4}) {
        const std::int64_t rows = 3, heads = 4, count = 2;
        // Heads lie side by side in memory, and there are more rows of keys than of queries.
        const auto query = torch::randn({rows, count, heads, d}).transpose(1, 2);
        const auto keys = torch::randn({5, words, groups, d}).transpose(1, 2);
        const auto values = torch::randn({5, words, groups, d}).transpose(1, 2);
        const auto origin = torch::randint(5, {rows, words}, torch::kInt);  // [B, S]
        auto allowed = torch::rand({rows, 1, 1, words}).lt(0.7);
        allowed.select(3, 0).fill_(true);
        const auto own = [&](const Tensor& x) {  // [B, H, S, d]
          std::vector<Tensor> all;
          for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t s = 0; s < words; ++s) all.push_back(x[origin[row][s].item<std::int64_t>()].select(1, s));
          }
          return torch::stack(all).view({rows, words, groups, d}).transpose(1, 2).repeat_interleave(heads / groups, 1);
        };
        for (const bool masked : {false, true}) {
          const auto mask = masked ? allowed : Tensor();
          const auto expected = attention_by_matrices(query, own(keys), own(values), mask).values;  // [B, H, T, d]
          const auto got = few_query_attention(query, keys, values, mask, origin);                  // [B, T, H·d]
          ASSERT_EQ(got.sizes(), (std::vector<std::int64_t>{rows, count, heads * d}));
          EXPECT_LT((got - expected.transpose(1, 2).flatten(2)).abs().max().item<double>(), 1e-5);
        }
      }
    }
  }
}

TEST(FewQueryAttention, WhoMayLookAtNothingGetsZerosAndLargeScoresDoNotOverflow) {
  const torch::NoGradGuard no_gradient;
  const auto query = torch::full({1, 1, 1, 8}, 100.0), keys = torch::randn({1, 1, 5, 8}) * 100;
  const auto values = torch::randn({1, 1, 5, 8});
  EXPECT_TRUE(few_query_attention(query, keys, values, {}, {}).isfinite().all().item<bool>());
  const auto nothing = torch::zeros({1, 1, 1, 5}, torch::kBool);
  EXPECT_EQ(few_query_attention(query, keys, values, nothing, {}).abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace zoo
