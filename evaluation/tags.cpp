#include "evaluation/tags.h"

#include "base/error.h"
#include "base/files.h"

namespace zoo {
namespace {

constexpr std::int64_t kAtOnce = 8192;  ///< words, or those of one longer sentence

Json ratio(std::int64_t right, std::int64_t words) {
  return words == 0 ? Json() : Json(static_cast<double>(right) / static_cast<double>(words));
}

template <class T>
T value_at(const RunFolder& run, const Json& config, const char* pointer, T standard) {
  const auto place = Json::json_pointer(pointer);
  if (!config.contains(place)) return standard;
  try {
    return config.at(place).get<T>();
  } catch (const Json::exception&) {
    fail("{}: {} is of another type; is the file damaged?", run.config_file().string(), pointer);
  }
}

}  // namespace

Json TagScores::to_json() const {
  return {{"words", all.words},
          {"accuracy", ratio(all.right, all.words)},
          {"unseen_words", unseen.words},
          {"accuracy_on_unseen", ratio(unseen.right, unseen.words)},
          {"ambiguous_words", ambiguous.words},
          {"accuracy_on_ambiguous", ratio(ambiguous.right, ambiguous.words)},
          {"baseline_accuracy", ratio(all.baseline_right, all.words)},
          {"baseline_accuracy_on_unseen", ratio(unseen.baseline_right, unseen.words)},
          {"baseline_accuracy_on_ambiguous", ratio(ambiguous.baseline_right, ambiguous.words)}};
}

void for_tag_scores(const Tagging& tagger, const WordFeatures& features, std::span<const std::uint64_t> sentences,
                    const std::function<void(const Tensor& places, const Tensor& scores)>& visit) {
  for (std::size_t first = 0, end = 1; end < sentences.size(); first = end++) {
    const auto length = [&](std::size_t i) { return static_cast<std::int64_t>(sentences[i + 1] - sentences[i]); };
    std::vector<std::int64_t> lengths = {length(first)};
    for (; end + 1 < sentences.size() && sentences[end + 1] - sentences[first] <= kAtOnce; ++end) {
      lengths.push_back(length(end));
    }
    const auto places = torch::arange(static_cast<std::int64_t>(sentences[first]),
                                      static_cast<std::int64_t>(sentences[end]), torch::kInt64);  // [n]
    visit(places, tagger.tag_scores(features.at(places), torch::tensor(lengths, torch::kInt64)));
  }
}

Tensor predicted_tags(const Tagging& tagger, const WordFeatures& features, std::span<const std::uint64_t> sentences) {
  std::vector<Tensor> tags = {torch::empty({0}, torch::kInt64)};
  for_tag_scores(tagger, features, sentences,
                 [&](const Tensor&, const Tensor& scores) { tags.push_back(scores.argmax(1)); });
  return torch::cat(tags);  // [N]
}

TagScores score_tags(const Tagging& tagger, const WordFeatures& features, const TaggedText& text) {
  const auto predicted = predicted_tags(tagger, features, text.sentences);
  const auto wanted = tags_among(text, tagger.tags());
  const auto& lexicon = tagger.lexicon();
  TagScores scores;
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    const auto* entry = lexicon.find(text.words[i]);
    const auto guess = entry != nullptr ? entry->tag : lexicon.most_frequent();
    const auto count = [&](TagScores::Share& share) {
      ++share.words;
      share.right += wanted[i] >= 0 && predicted.const_data_ptr<std::int64_t>()[i] == wanted[i];
      share.baseline_right += wanted[i] >= 0 && guess == wanted[i];
    };
    count(scores.all);
    if (entry == nullptr) count(scores.unseen);
    if (entry != nullptr && entry->ambiguous) count(scores.ambiguous);
  }
  return scores;
}

Json evaluate_tags(const TagTask& task, ModelKinds kinds) {
  const auto run = RunFolder::open(task.model);
  const auto config = run.config();
  if (!config.contains("vectors")) {
    fail(
        "{} ({}): gives words no tags; train a tagger on its vectors: zoo train tagger --vectors {} --input FILE "
        "--output DIR",
        task.model.string(), run.model_kind(), task.model.string());
  }
  const auto saved = load_run(task.model, kinds, NeedTokenizer::no);
  auto* tagger = dynamic_cast<const Tagging*>(saved.model.get());
  if (tagger == nullptr) fail("{} ({}): gives words no tags", task.model.string(), run.model_kind());
  VectorChoice choice;
  choice.from = value_at<std::string>(run, config, "/vectors/from", "");
  choice.layer = value_at<std::string>(run, config, "/vectors/layer", "mix");
  if (choice.from == "random") {
    choice.random_seed = value_at<std::int64_t>(run, config, "/vectors/seed", 1);
    choice.random_width = value_at<std::int64_t>(run, config, "/vectors/width", 1);
    choice.random_words = saved.tokenizer;
    if (!saved.tokenizer) fail("{}: has no tokenizer/, which its random vectors need", task.model.string());
  } else if (!task.vectors.empty()) {
    choice.from = task.vectors;
  } else if (value_at<bool>(run, config, "/vectors/fine_tuned", false)) {
    choice.from = (task.model / kFineTuned).string();
  } else if (!exists(status_of(choice.from))) {
    fail("{}: its vectors, {}, are not there any more; say where they lie now by --vectors", task.model.string(),
         choice.from);
  }
  const auto source = open_vector_source(choice, kinds);
  const auto hash = value_at<std::string>(run, config, "/vectors/sha256", "");
  if (source->facts().value("sha256", "") != hash) {
    fail("{}: was trained on other vectors than {} now holds; train it anew", task.model.string(), choice.from);
  }
  const auto form = value_at<std::string>(run, config, "/data/tags", "base");
  const auto text = read_tagged_text(task.input, task.part, form == "whole" ? TagForm::whole : TagForm::base);
  const auto features = source->features(text);
  if (features.layers() != tagger->layers() || features.width() != tagger->width()) {
    fail("{}: reads {} layers of {} numbers, {} gives {} of {}", task.model.string(), tagger->layers(), tagger->width(),
         choice.from, features.layers(), features.width());
  }
  return score_tags(*tagger, features, text).to_json();
}

}  // namespace zoo
