// Perplexity of two models mixed word by word.
#include "evaluation/mixture.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "apps/evaluate/tasks.h"
#include "base/error.h"
#include "data/splits.h"
#include "evaluation/abilities.h"
#include "models/model_table.h"
#include "models/saved_model.h"

namespace zoo {

namespace {

/// Nothing where the weight is to be learned.
std::optional<double> weight_of(const EvaluateOptions& options) {
  const auto& text = options.weight;
  if (text == "auto") return std::nullopt;
  double weight = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  if (error != std::errc() || end != text.data() + text.size() || !(weight >= 0 && weight <= 1)) {
    fail_usage("--weight {}: give a number from 0 to 1, or auto", text);
  }
  if (options.mix_by == "frequency") {
    fail_usage("--weight {}: --mix-by frequency learns a weight for each frequency; leave --weight out", text);
  }
  return weight;
}

SavedModel open_run(const std::string& folder, std::string_view option) {
  if (!RunFolder::is_run(folder)) fail("{} {}: is not a run folder; a mixture needs trained models", option, folder);
  auto saved = load_run(folder, model_table());
  if (!can(*saved.model, Ability::next_word)) {
    fail_without(Ability::next_word, fmt::format("{} ({})", folder, saved.kind->name()), model_table());
  }
  return saved;
}

bool line_ends_of(const SavedModel& saved) { return saved.config.value(Json::json_pointer("/data/line_ends"), true); }

void check_pair(const EvaluateOptions& options, const SavedModel& model, const SavedModel& other) {
  if (model.tokenizer->fingerprint() != other.tokenizer->fingerprint()) {
    fail(
        "--mix {}: reads text by another tokenizer than {} ({} and {} tokens); only models of one vocabulary can be "
        "mixed: train one with --tokenizer of the other",
        options.mix, options.model, other.vocabulary, model.vocabulary);
  }
  if (line_ends_of(model) != line_ends_of(other)) {
    fail("--mix {}: was trained {} line ends, {} {} them; only models of one kind of text can be mixed", options.mix,
         line_ends_of(other) ? "with" : "without", options.model, line_ends_of(model) ? "with" : "without");
  }
}

struct ValidationText {
  std::vector<std::string> files;
  Part part;
};

/// --valid, or what the model was validated on when it was trained.
ValidationText validation_text(const EvaluateOptions& options, const SavedModel& model) {
  if (!options.valid.empty()) return {options.valid, Part::all};
  const auto files = [&](const char* name) {
    std::vector<std::string> found;
    const auto data = model.config.value("data", Json::object());
    const auto list = data.is_object() ? data.value(name, Json()) : Json();
    for (const auto& file : list.is_array() ? list : Json::array()) {
      if (file.is_string()) found.push_back(file.get<std::string>());
    }
    return found;
  };
  const auto valid = files("valid");
  ValidationText text{valid.empty() ? files("input") : valid, valid.empty() ? Part::valid : Part::all};
  const bool there = !text.files.empty() && std::all_of(text.files.begin(), text.files.end(),
                                                        [](const auto& file) { return std::filesystem::exists(file); });
  if (!there) {
    fail_usage("--weight auto: learns on validation text, and what {} was validated on is not there; give --valid FILE",
               options.model);
  }
  return text;
}

Json alone(const MixturePerplexity& perplexity) {
  return {{"model", perplexity.model.perplexity}, {"mix", perplexity.other.perplexity}};
}

Json weights_by_bin(const MixtureWeights& weights) {
  Json list = Json::array();
  for (std::size_t bin = 0; bin < weights.by_bin.size(); ++bin) {
    if (weights.tokens[bin] == 0) continue;
    list.push_back({{"bin", bin}, {"tokens", weights.tokens[bin]}, {"mix", weights.by_bin[bin]}});
  }
  return list;
}

}  // namespace

Json evaluate_mixture(const EvaluateOptions& options) {
  const auto given = weight_of(options);
  const auto model = open_run(options.model, "--model"), other = open_run(options.mix, "--mix");
  check_pair(options, model, other);
  CorpusOptions corpus_options;
  corpus_options.line_ends = line_ends_of(model);
  auto &first = *model.model->next_word(), &second = *other.model->next_word();
  const bool by_frequency = options.mix_by == "frequency";

  MixtureWeights weights;
  if (given) weights.other = *given;
  Json valid;
  if (!given || !options.valid.empty()) {
    const auto text = validation_text(options, model);
    const Corpus corpus = open_corpus(text.files, text.part, *model.tokenizer, corpus_options);
    const PairScores scores = score_pair(first, second, corpus, by_frequency);
    if (!given) weights = learn_weights(scores);
    const auto perplexity = mixture_perplexity(scores, weights, corpus);
    valid = {{"input", text.files}, {"split", part_name(text.part)}, {"alone", alone(perplexity)}};
    valid.update(perplexity.mixture.to_json());
  }
  const Corpus corpus = open_corpus(options.input, part_named(options.split), *model.tokenizer, corpus_options);
  const auto perplexity = mixture_perplexity(first, second, weights, corpus);
  Json result = {{"task", options.task},
                 {"model", options.model},
                 {"kind", model.kind->name()},
                 {"mix", options.mix},
                 {"mix_kind", other.kind->name()},
                 {"input", options.input},
                 {"split", options.split},
                 {"weights", {{"model", 1 - weights.other}, {"mix", weights.other}, {"learned", !given}}}};
  if (by_frequency) result["weights_by_frequency"] = weights_by_bin(weights);
  result["alone"] = alone(perplexity);
  result.update(perplexity.mixture.to_json());
  result["valid"] = valid;
  return result;
}

}  // namespace zoo
