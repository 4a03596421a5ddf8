#include "library/langzoo.h"

#include "base/error.h"
#include "evaluation/abilities.h"
#include "evaluation/layer_choice.h"
#include "evaluation/translate.h"
#include "models/model_table.h"

namespace zoo {
namespace {

std::string name_of(const SavedModel& saved) {
  return fmt::format("{} ({})", saved.run.path().string(), saved.kind->name());
}

}  // namespace

RunResult train(std::string_view kind, const std::filesystem::path& folder, const Json& config) {
  RunOptions options(find_kind(kind, model_table()));
  options.read_config(config, "config");
  options.output = folder.string();
  return train_run(options);
}

TrainedModel::TrainedModel(const std::filesystem::path& folder, const std::string& precision)
    : saved_(load_run(folder, model_table())) {
  prepare(saved_, precision);
  // Tables that models make when they are first asked for are made now, before several threads ask.
  if (const auto* vectors = saved_.model->word_vectors()) vectors->vectors();
}

EmbeddedSentence TrainedModel::embed(std::string_view sentence, const std::string& layer) const {
  const SentenceVectors vectors(*saved_.model, name_of(saved_), model_table());
  const LayerChoice choice(layer, vectors, *saved_.model);
  if (choice.all()) fail_usage("layer all: one vector a word is given here; take average, or a layer by its name");
  const auto line = raw_line(*saved_.tokenizer, sentence);
  if (vectors.longest() > 0 && std::ssize(line.pieces) > vectors.longest()) {
    fail("{}: a sentence of {} tokens; the model reads {} together", name_of(saved_), line.pieces.size(),
         vectors.longest());
  }
  if (line.size() == 0) return {{}, torch::zeros({0, vectors.width()})};
  State state;
  const auto layers = choice.of(vectors.read(std::span(&line, 1), state));  // [L, 1, T, D]
  return {line.words, layers.select(0, 0).select(0, 0)};
}

std::vector<std::string> TrainedModel::translate(const std::vector<std::string>& sentences,
                                                 const SearchOptions& options) const {
  auto* translation = model().translation();
  if (translation == nullptr) fail_without(Ability::translation, name_of(saved_), model_table());
  std::vector<std::string> best;
  TranslationOptions how;
  how.search = options;
  for (auto& line : translate_lines(*translation, *saved_.source_tokenizer, *saved_.tokenizer, sentences, how)) {
    best.push_back(std::move(line.texts.front()));
  }
  return best;
}

double TrainedModel::log_probability(std::string_view text) const {
  auto* next_word = model().next_word();
  if (next_word == nullptr) fail_without(Ability::next_word, name_of(saved_), model_table());
  auto words = saved_.tokenizer->encode(text);
  words.push_back(kEnd);
  Batch batch;
  batch.target = padded({words}).first;  // [1, T]
  batch.input = torch::cat({torch::full({1, 1}, std::int64_t{kEnd}, torch::kInt64), batch.target}, 1)
                    .narrow(1, 0, batch.target.size(1));  // [1, T]
  State state;
  return next_word->score(batch, state).to(torch::kDouble).sum().item<double>();
}

}  // namespace zoo
