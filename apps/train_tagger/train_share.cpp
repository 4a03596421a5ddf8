#include "apps/train_tagger/train_share.h"

#include <torch/nn/functional/loss.h>
#include <torch/version.h>

#include <cmath>

#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/version.h"
#include "evaluation/tags.h"
#include "models/beside.h"
#include "models/device.h"
#include "models/saved_model.h"
#include "models/tagger/tagger.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

Tensor tensor_of(const std::vector<std::int32_t>& tags) {
  return torch::tensor(std::vector<std::int64_t>(tags.begin(), tags.end()), torch::kInt64);  // [N]
}

ExampleProblem::Score validated(tagger::Tagger& tagger, const WordFeatures& features, const TaggedText& text,
                                const Tensor& wanted) {
  double loss = 0, right = 0, known = 0;
  for_tag_scores(tagger, features, text.sentences, [&](const Tensor& places, const Tensor& scores) {
    const auto tags = wanted.index_select(0, places);  // [n]
    right += static_cast<double>(scores.argmax(1).eq(tags).sum().item<std::int64_t>());
    known += static_cast<double>(tags.ge(0).sum().item<std::int64_t>());
    loss += torch::nll_loss(scores.log_softmax(1), tags, {}, at::Reduction::Sum, -1).item<double>();
  });
  return {loss / std::max(1.0, known), right / static_cast<double>(std::max<std::int64_t>(1, features.size()))};
}

Json config_of(TaggerRunOptions& options, const std::string& share, const Material& material, tagger::Tagger& tagger,
               const TaggedText& text, int threads) {
  const auto own = kept(options, share);
  const auto tokenizer = material.source->tokenizer();
  const auto facts = material.source->facts();
  Json config = {{"format_version", kRunFormatVersion}, {"model", {{"kind", "tagger"}}}};
  config["model"].update(tagger.options());
  config["tokenizer"] =
      tokenizer
          ? Json{{"type", tokenizer->type()}, {"fingerprint", tokenizer->fingerprint()}, {"size", tokenizer->size()}}
          : Json{{"type", "none"}, {"size", facts.value("words", 1)}};
  config["data"] = own["data"];
  config["data"].update({{"sentences", text.sentence_count()}, {"words", text.size()}});
  config["vectors"] = own["vectors"];
  config["vectors"].update(facts);
  config["vectors"]["layers"] = material.source->layers();
  config["training"] = own["training"];
  config["made_by"] = {{"langzoo", kVersion},
                       {"libtorch", TORCH_VERSION},
                       {"seed", options.seed},
                       {"threads", threads},
                       {"device", options.sitting.device}};
  return config;
}

Json mix_of(tagger::Tagger& tagger, const std::vector<std::string>& layers) {
  if (!tagger.network()->mix) return nullptr;
  const auto weights = tagger.network()->mix->weights().detach().cpu().contiguous();  // [L]
  Json mix = Json::object();
  for (std::size_t i = 0; i < layers.size(); ++i) mix[layers[i]] = weights.const_data_ptr<float>()[i];
  return mix;
}

/// Where the words of these sentences stand [N], and how many each has [S].
std::pair<Tensor, Tensor> words_of(const TaggedText& text, std::span<const std::int64_t> sentences) {
  std::vector<std::int64_t> places, lengths;
  for (const auto sentence : sentences) {
    const auto i = static_cast<std::size_t>(sentence);
    for (auto place = text.sentences[i]; place < text.sentences[i + 1]; ++place) {
      places.push_back(static_cast<std::int64_t>(place));
    }
    lengths.push_back(static_cast<std::int64_t>(text.sentences[i + 1] - text.sentences[i]));
  }
  return {torch::tensor(places, torch::kInt64), torch::tensor(lengths, torch::kInt64)};
}

/// Words in any order.
ExampleProblem words_problem(tagger::Network& network, const WordFeatures& features, const Tensor& tags) {
  ExampleProblem problem;
  problem.examples = tags.size(0);
  problem.loss = [=, &features](const Tensor& places) mutable {
    const auto scores = network(features.at(places));  // [n, T]
    return torch::nll_loss(scores.log_softmax(1), beside(tags.index_select(0, places), scores));
  };
  return problem;
}

/// Sentences in any order. `vectors`: what is trained along, else null: then the features are what they were.
ExampleProblem sentences_problem(tagger::Network& network, const WordFeatures& features, TrainableSource* vectors,
                                 const TaggedText& text, const Tensor& tags) {
  ExampleProblem problem;
  problem.examples = static_cast<std::int64_t>(text.sentence_count());
  problem.loss = [=, &features, &text](const Tensor& chosen) mutable {
    const std::span some(chosen.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(chosen.numel()));
    const auto [places, lengths] = words_of(text, some);
    if (vectors != nullptr) vectors->train(true);
    const auto x = vectors != nullptr ? vectors->vectors(text, some) : features.at(places);  // [N, L, D]
    const auto scores = network(x, lengths);                                                 // [n, T]
    return torch::nll_loss(scores.log_softmax(1), beside(tags.index_select(0, places), scores));
  };
  return problem;
}

/// Whether the run in `folder` has a state to go on from. Throws Error where it was trained on something else.
bool goes_on(const fs::path& folder, const Json& config) {
  const auto run = RunFolder::open(folder);
  if (!run.latest_state()) return false;
  const auto before = run.config();
  for (const auto* section : {"data", "tokenizer", "vectors"}) {
    const auto then = before.value(section, Json::object());
    for (const auto& [key, now] : config.at(section).items()) {
      if (key == "sha256" && config.at(section).value("fine_tuned", false)) continue;  // theirs, once they were saved
      if (then.value(key, Json()) == now) continue;
      fail("{}: {}.{} was {} when it was started and is {} now; train anew with --replace", run.config_file().string(),
           section, key, then.value(key, Json()).dump(), now.dump());
    }
  }
  return true;
}

}  // namespace

Json train_share(TaggerRunOptions& options, const std::string& share, const fs::path& folder, const Material& material,
                 int threads) {
  const auto count = std::ceil(share_of(share) * static_cast<double>(material.train.sentence_count()));
  const auto text = first_sentences(material.train, static_cast<std::size_t>(count));
  const auto examples = static_cast<std::int64_t>(text.size());
  tagger::TaggerOptions model{.lstm = options.lstm,
                              .hidden_size = options.hidden_size,
                              .dropout = options.dropout,
                              .mix_norm = options.mix_norm,
                              .mix_output = options.mix_output,
                              .width = material.of_train->width(),
                              .layers = material.of_train->layers(),
                              .tags = text.names};
  if (model.tags.size() < 2) fail("{}: all words have the same tag; there is nothing to learn", options.input[0]);
  const auto made = tagger::kind().create(fields_of(model).to_json(), {});
  auto& tagger = dynamic_cast<tagger::Tagger&>(*made);
  tagger.initialise(static_cast<std::uint64_t>(options.seed));
  auto& network = tagger.network();
  const auto [mean, deviation] = material.of_train->moments(examples);
  network->mean.copy_(mean);
  network->deviation.copy_(deviation);
  tagger.set_lexicon(TagLexicon(text.words, text.tags));

  const auto config = config_of(options, share, material, tagger, text, threads);
  auto run = options.resume && goes_on(folder, config) ? RunFolder::open(folder)
                                                       : RunFolder::create(folder, options.replace || options.resume);
  if (const auto tokenizer = material.source->tokenizer()) save_tokenizer(*tokenizer, run.tokenizer_folder());
  run.write_config(config);
  const auto tags = tensor_of(text.tags), valid_tags = tensor_of(tags_among(material.valid, text.names));  // [N]
  auto* vectors = options.fine_tune ? material.source->trainable() : nullptr;
  auto problem = options.by_sentence() ? sentences_problem(network, *material.of_train, vectors, text, tags)
                                       : words_problem(network, *material.of_train, tags);
  auto training = options.training;  // as many sentences a step as have about batch_size words
  training.batch_size = std::max<std::int64_t>(1, training.batch_size * problem.examples / examples);
  problem.validate = [&] {
    if (vectors == nullptr) return validated(tagger, *material.of_valid, material.valid, valid_tags);
    vectors->train(false);
    const auto features = [&] {
      const Silence silence;  // the training's own progress goes on
      return material.source->features(material.valid);
    }();
    return validated(tagger, features, material.valid, valid_tags);
  };
  network->train();
  if (!compute_device().is_cpu()) tagger.to(compute_device());
  Parts parameters;
  for (const auto& parameter : network->named_parameters()) parameters.emplace_back(parameter.key(), parameter.value());
  if (vectors != nullptr) {
    for (const auto& [name, tensor] : vectors->parameters()) parameters.emplace_back("vectors." + name, tensor);
  }
  Progress progress(fmt::format("share {}", share), static_cast<double>(kValidations), "validations");
  double validations = 0;
  const auto outcome = train_on_examples(
      problem, parameters, training, static_cast<std::uint64_t>(options.seed), run, options.sitting,
      [&](const Json& line) {
        progress.update(++validations, fmt::format("accuracy {:.1f} %", 100 * line.at("valid_accuracy").get<double>()));
      });
  network->eval();
  if (vectors != nullptr) {
    vectors->train(false);
    vectors->save(folder / kFineTuned);
    auto config = run.config();
    config["vectors"]["sha256"] = sha256_of_file(RunFolder::open(folder / kFineTuned).weights_file());
    run.write_config(config);
  }
  save_tensors(run.weights_file(), tagger.parts());
  run.write_outcome(outcome.to_json());
  if (outcome.reason == "interrupted") {
    throw Interrupted(fmt::format("stopped; {} holds the best tagger so far; go on with --output {} --resume",
                                  folder.string(), folder.string()));
  }
  const auto valid = problem.validate();
  Json result = {{"share", share_of(share)},           {"output", folder.string()},
                 {"sentences", text.sentence_count()}, {"words", text.size()},
                 {"valid_accuracy", valid.accuracy},   {"mix", mix_of(tagger, material.source->layers())}};
  result.update(outcome.to_json());
  if (options.test) {
    const auto of_test = vectors != nullptr ? material.source->features(material.test) : *material.of_test;
    result["test"] = score_tags(tagger, of_test, material.test).to_json();
  }
  log_info(fmt::format(
      "{}: {} of validation words right{} ({} steps, {})", folder.string(),
      fmt::format("{:.2f} %", 100 * valid.accuracy),
      options.test ? fmt::format(", {:.2f} % of test words", 100 * result["test"]["accuracy"].get<double>()) : "",
      outcome.steps, outcome.reason));
  return result;
}

}  // namespace zoo
