#include "models/elmo/token_layer.h"

#include "base/error.h"
#include "models/beside.h"
#include "tokenizers/character_ids.h"

namespace zoo::elmo {
namespace {

constexpr std::int64_t kWordsAtOnce = 256;
constexpr std::int64_t kNewWordsAtOnce = 16;
constexpr std::int64_t kNumbersKept = 1 << 24;  ///< of vectors of words that the vocabulary lacks

std::span<std::int16_t> row_of(const Tensor& ids, std::int64_t row) {
  const auto width = ids.size(1);
  return {ids.data_ptr<std::int16_t>() + row * width, static_cast<std::size_t>(width)};
}

/// [V, K] int16: how each entry is written. Marks are their own characters; <pad> has none at all.
Tensor spellings_of(const VocabularyFacts& vocabulary, std::int64_t max_characters) {
  if (std::ssize(vocabulary.pieces) != vocabulary.size) {
    fail("elmo: reads words by their letters, but of {} words {} are written down; use model.token_layer words",
         vocabulary.size, vocabulary.pieces.size());
  }
  auto ids = torch::full({vocabulary.size, max_characters}, kNoCharacter, torch::kInt16);  // [V, K]
  for (std::int64_t id = 0; id < vocabulary.size; ++id) {
    if (id == kPad) continue;
    if (id == kBegin) {
      write_mark_ids(kSentenceBeginCharacter, row_of(ids, id));
    } else if (id == kEnd) {
      write_mark_ids(kSentenceEndCharacter, row_of(ids, id));
    } else {
      write_character_ids(vocabulary.pieces[static_cast<std::size_t>(id)], row_of(ids, id));
    }
  }
  return ids;
}

}  // namespace

TokenLayerImpl::TokenLayerImpl(const ElmoOptions& options, const VocabularyFacts& vocabulary)
    : max_characters_(options.max_characters) {
  if (!options.spelled()) {
    embedding = register_module("embedding", torch::nn::Embedding(vocabulary.size, options.projection));
    return;
  }
  characters = register_module("characters", CharacterCnn(options));
  spellings_ = spellings_of(vocabulary, max_characters_);
  table_ = torch::zeros({vocabulary.size, options.projection});  // [V, P]
  trust_table();  // there is nothing to make it from before weights are started or loaded
}

Tensor TokenLayerImpl::forward(const Tensor& words) {
  if (!characters.is_empty() && torch::GradMode::is_enabled()) {
    table_version_ = spelled_version_ = -1;
    const auto [distinct, places, counts] = at::_unique2(words, true, true);  // [U], […]
    // In float32 whatever made them: a frequent word's gradient is a sum over all its places.
    const auto vectors = characters(spellings_.index_select(0, distinct)).to(torch::kFloat);  // [U, P]
    return torch::embedding(vectors, beside(places, vectors));                                // […, P]
  }
  const auto vectors = characters.is_empty() ? embedding->weight : table();  // [V, P]
  return torch::embedding(vectors, beside(words, vectors));                  // […, P]
}

Tensor TokenLayerImpl::table() {
  if (characters.is_empty()) return embedding->weight.detach();
  const std::lock_guard lock(making_);
  if (table_version_ != version()) {
    const torch::NoGradGuard no_gradient;
    table_.copy_(in_chunks(spellings_));
    trust_table();
  }
  return table_;
}

void TokenLayerImpl::to(torch::Device device, bool non_blocking) {
  Module::to(device, non_blocking);
  if (table_.defined()) table_ = table_.to(device);
  spelled_.clear();
}

void TokenLayerImpl::trust_table() { table_version_ = version(); }

Tensor TokenLayerImpl::spelled(const std::vector<std::string>& words) {
  if (characters.is_empty()) fail("elmo: has a vector for each word of its vocabulary and reads no letters");
  if (torch::GradMode::is_enabled()) return characters(ids_of(words));
  const std::lock_guard lock(making_);
  const auto most = static_cast<std::size_t>(kNumbersKept / characters->options.projection);
  if (spelled_version_ != version() || spelled_.size() + words.size() > most) spelled_.clear();
  spelled_version_ = version();
  // Letters behind the last that is read tell no words apart.
  const auto key = [&](const std::string& word) { return word.substr(0, static_cast<std::size_t>(max_characters_)); };
  std::vector<std::string> missing;
  for (const auto& word : words) {
    if (spelled_.try_emplace(key(word)).second) missing.push_back(word);
  }
  // Always as many at once, the last ones repeated: how a product adds up depends on how many rows it has.
  const auto ids = ids_of(missing);
  std::vector<Tensor> made;  // [P] each
  for (std::int64_t first = 0; first < ids.size(0); first += kNewWordsAtOnce) {
    const auto places = torch::arange(first, first + kNewWordsAtOnce, torch::kInt64).clamp_max(ids.size(0) - 1);
    const auto some = characters(ids.index_select(0, places)).unbind();  // [16, P]
    made.insert(made.end(), some.begin(), some.begin() + std::min(kNewWordsAtOnce, ids.size(0) - first));
  }
  for (std::size_t i = 0; i < missing.size(); ++i) {
    spelled_.at(key(missing[i])) = made[i].clone();
  }
  std::vector<Tensor> vectors;
  for (const auto& word : words) vectors.push_back(spelled_.at(key(word)));
  return vectors.empty() ? in_chunks(ids) : torch::stack(vectors);  // [U, P]
}

Tensor TokenLayerImpl::ids_of(std::span<const std::string> words) const {
  auto ids = torch::empty({std::ssize(words), max_characters_}, torch::kInt16);  // [U, K]
  for (std::size_t i = 0; i < words.size(); ++i) {
    write_character_ids(words[i], row_of(ids, static_cast<std::int64_t>(i)));
  }
  return ids;
}

Tensor TokenLayerImpl::in_chunks(const Tensor& ids) {
  std::vector<Tensor> vectors;
  for (std::int64_t first = 0; first < ids.size(0); first += kWordsAtOnce) {
    vectors.push_back(characters(ids.narrow(0, first, std::min(kWordsAtOnce, ids.size(0) - first))));
  }
  return vectors.empty() ? characters->projection->weight.new_zeros({0, characters->options.projection})
                         : torch::cat(vectors);  // [U, P]
}

std::int64_t TokenLayerImpl::version() const {
  std::int64_t sum = 0;
  for (const auto& parameter : parameters()) sum += parameter._version();
  return sum;
}

void TokenLayerImpl::initialise(at::Generator& random) {
  const torch::NoGradGuard no_gradient;
  if (characters.is_empty()) {
    embedding->weight.normal_(0, 1, random);
  } else {
    characters->initialise(random);
  }
}

Tensor as_read_forward(const Tensor& words) {
  return words.masked_fill(words.eq(std::int64_t{kEnd}), std::int64_t{kBegin});
}

}  // namespace zoo::elmo
