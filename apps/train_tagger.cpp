// torch
#include <torch/nn/functional/loss.h>
#include <torch/version.h>

#include <cmath>
#include <cstdio>

#include "base/command_line.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/version.h"
#include "evaluation/tags.h"
#include "models/model_table.h"
#include "models/runtime.h"
#include "models/tagger/tagger.h"
#include "tokenizers/tokenizer_trainer.h"
#include "training/example_trainer.h"
#include "training/train_run.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kValidSentences = 1000;

struct TaggerRunOptions {
  std::vector<std::string> input, shares = {"1"};
  std::string vectors, layer = "mix", tags = "base", tokenizer, output;
  std::int64_t random_width = 128, max_sentences = 0, hidden_size = 128, seed = 1, threads = 0;
  double dropout = 0.1, max_minutes = 0;
  bool test = false, resume = false, replace = false, json = false, quiet = false;
  ExampleTrainingOptions training;

  void data_fields(Fields& f) {
    f("input", input,
      "texts whose words carry tags, \"The/at jury/nn\", a sentence a line, documents parted by empty "
      "lines");
    f("share", shares, "of the training sentences, 0 … 1; several (0.01,0.1,1) share one reading of the vectors")
        .comma_separated();
    f("max_sentences", max_sentences, "so many training sentences are all of them (0: no limit)").range(0, 1e12);
    f("tags", tags,
      "base: Brown's tags without marks of headlines, titles, foreign words and negation; whole: as they "
      "stand")
        .choices({"base", "whole"});
  }
  void vector_fields(Fields& f) {
    f("vectors", vectors, "a run folder, a file of word vectors, or random");
    f("layer", layer,
      "vectors in context: mix (all layers, weighted as is learned), average, a layer's number or name");
    f("tokenizer", tokenizer, "random: a tokenizer's folder; without it the words that occur twice in training");
    f("width", random_width, "random: numbers of a vector").range(1, 1 << 16);
  }
  void model_fields(Fields& f) {
    f("hidden_size", hidden_size, "size of the hidden layer; 0: none").range(0, 1 << 16);
    f("dropout", dropout, "of the hidden layer").range(0, 0.95);
  }
  void training_fields(Fields& f) {
    training.fields(f);
    f("seed", seed, "of initial weights, order, samples and random vectors").range(0, 1LL << 53);
  }
  void run_fields(Fields& f) {
    f("output", output, "the run's folder; with several shares, a folder of runs share-0.01, share-0.1, …");
    f("replace", replace, "a run that stands in --output is replaced");
    f("resume", resume, "a finished run is left as it is; one that was stopped is trained anew, which takes seconds");
    f("test", test, "measure the text's test part too");
    f("max_minutes", max_minutes, "of training for each share; 0: no limit").range(0, 1e7);
    f("threads", threads, "0: all cores").range(0, 1024);
    f("json", json, "print the outcome as JSON, and nothing else, on standard output");
    f("quiet", quiet, "no progress and no notes");
  }

  TagForm form() const { return tags == "whole" ? TagForm::whole : TagForm::base; }
  Json training_json() {
    Fields f;
    training_fields(f);
    return f.to_json();
  }
};

/// What a run keeps of its options, and takes again on --resume.
Json kept(TaggerRunOptions& options, const std::string& share) {
  const auto vectors = options.vectors == "random" ? options.vectors : fs::weakly_canonical(options.vectors).string();
  return {
      {"model", {{"hidden_size", options.hidden_size}, {"dropout", options.dropout}}},
      {"data",
       {{"input", options.input}, {"tags", options.tags}, {"share", share}, {"max_sentences", options.max_sentences}}},
      {"vectors", {{"from", vectors}, {"layer", options.layer}, {"width", options.random_width}}},
      {"training", options.training_json()}};
}

void take_options_of(const RunFolder& run, TaggerRunOptions& options) {
  const auto config = run.config();
  if (run.model_kind() != "tagger") {
    fail("{}: holds a run of {}, not of a tagger; choose another --output", run.path().string(), run.model_kind());
  }
  try {
    const auto& data = config.at("data");
    options.input = data.at("input").get<std::vector<std::string>>();
    options.tags = data.at("tags").get<std::string>();
    options.shares = {data.at("share").get<std::string>()};
    options.max_sentences = data.at("max_sentences").get<std::int64_t>();
    options.hidden_size = config.at("model").at("hidden_size").get<std::int64_t>();
    options.dropout = config.at("model").at("dropout").get<double>();
    options.vectors = config.at("vectors").at("from").get<std::string>();
    options.layer = config.at("vectors").at("layer").get<std::string>();
    options.random_width = config.at("vectors").at("width").get<std::int64_t>();
    Fields training;
    options.training_fields(training);
    training.read_json(config.at("training"), "training");
  } catch (const Json::exception&) {
    fail("{}: is not what zoo train tagger wrote; train anew with --replace", run.config_file().string());
  }
  if (options.vectors == "random") options.tokenizer = run.tokenizer_folder().string();
}

double share_of(const std::string& text) {
  char* end = nullptr;
  const double share = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(share > 0 && share <= 1)) {
    fail_usage("--share {}: a share of the training sentences lies between 0 and 1, such as 0.1", text);
  }
  return share;
}

std::shared_ptr<const Tokenizer> words_of(const TaggedText& text) {
  const auto trainer = make_tokenizer_trainer({.type = "word", .min_count = 2, .split = "whitespace"});
  for (const auto& word : text.words) trainer->add(word);
  return trainer->finish();
}

/// All that the shares have in common.
struct Material {
  TaggedText train, valid, test;  ///< training sentences in the order in which they were drawn
  std::unique_ptr<VectorSource> source;
  std::optional<WordFeatures> of_train, of_valid, of_test;
};

Material material_of(const TaggerRunOptions& options) {
  Material made;
  const auto seed = static_cast<std::uint64_t>(options.seed);
  VectorChoice choice{.from = options.vectors,
                      .layer = options.layer,
                      .random_width = options.random_width,
                      .random_seed = options.seed};
  const auto whole = read_tagged_text(options.input, Part::train, options.form());
  if (options.vectors == "random") {
    choice.random_words = options.tokenizer.empty() ? words_of(whole) : load_tokenizer(options.tokenizer);
  }
  made.source = open_vector_source(choice, model_table());
  double most = 0;
  for (const auto& share : options.shares) most = std::max(most, share_of(share));
  made.train = drawn_sentences(whole, seed, static_cast<std::size_t>(options.max_sentences));
  made.valid = drawn_sentences(read_tagged_text(options.input, Part::valid, options.form()), seed, kValidSentences);
  if (options.test) made.test = read_tagged_text(options.input, Part::test, options.form());
  log_info(fmt::format("tagger: {} tags, {} sentences of {} words to train on, {} words to validate on",
                       made.train.names.size(), made.train.sentence_count(),
                       short_number(static_cast<double>(made.train.size())), made.valid.size()));
  const auto needed = static_cast<std::size_t>(std::ceil(most * static_cast<double>(made.train.sentence_count())));
  made.of_train = made.source->features(first_sentences(made.train, needed));
  made.of_valid = made.source->features(made.valid);
  if (options.test) made.of_test = made.source->features(made.test);
  return made;
}

Tensor tensor_of(const std::vector<std::int32_t>& tags) {
  return torch::tensor(std::vector<std::int64_t>(tags.begin(), tags.end()), torch::kInt64);  // [N]
}

ExampleProblem::Score validated(tagger::Tagger& tagger, const WordFeatures& features, const Tensor& wanted) {
  double loss = 0, right = 0, known = 0;
  for (std::int64_t first = 0; first < features.size(); first += 8192) {
    const auto places = torch::arange(first, std::min(features.size(), first + 8192), torch::kInt64);
    const auto tags = wanted.index_select(0, places);            // [n]
    const auto scores = tagger.tag_scores(features.at(places));  // [n, T]
    right += static_cast<double>(scores.argmax(1).eq(tags).sum().item<std::int64_t>());
    known += static_cast<double>(tags.ge(0).sum().item<std::int64_t>());
    loss += torch::nll_loss(scores.log_softmax(1), tags, {}, at::Reduction::Sum, -1).item<double>();
  }
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
  config["made_by"] = {
      {"langzoo", kVersion}, {"libtorch", TORCH_VERSION}, {"seed", options.seed}, {"threads", threads}};
  return config;
}

Json mix_of(tagger::Tagger& tagger, const std::vector<std::string>& layers) {
  if (!tagger.network()->mix) return nullptr;
  const auto weights = tagger.network()->mix->weights().detach().contiguous();  // [L]
  Json mix = Json::object();
  for (std::size_t i = 0; i < layers.size(); ++i) mix[layers[i]] = weights.const_data_ptr<float>()[i];
  return mix;
}

Json train_share(TaggerRunOptions& options, const std::string& share, const fs::path& folder, const Material& material,
                 int threads) {
  const auto count = std::ceil(share_of(share) * static_cast<double>(material.train.sentence_count()));
  const auto text = first_sentences(material.train, static_cast<std::size_t>(count));
  const auto examples = static_cast<std::int64_t>(text.size());
  tagger::TaggerOptions model{.hidden_size = options.hidden_size,
                              .dropout = options.dropout,
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

  auto run = RunFolder::create(folder, options.replace || options.resume);
  if (const auto tokenizer = material.source->tokenizer()) save_tokenizer(*tokenizer, run.tokenizer_folder());
  run.write_config(config_of(options, share, material, tagger, text, threads));
  MetricsLog metrics(run.metrics_file(), 0);
  const auto tags = tensor_of(text.tags), valid_tags = tensor_of(tags_among(material.valid, text.names));  // [N]
  const auto& features = *material.of_train;
  ExampleProblem problem;
  problem.examples = examples;
  problem.loss = [&](const Tensor& places) {
    return torch::nll_loss(network(features.at(places)).log_softmax(1), tags.index_select(0, places));
  };
  problem.validate = [&] { return validated(tagger, *material.of_valid, valid_tags); };
  network->train();
  Parts parameters;
  for (const auto& parameter : network->named_parameters()) parameters.emplace_back(parameter.key(), parameter.value());
  Progress progress(fmt::format("share {}", share), static_cast<double>(kValidations), "validations");
  double validations = 0;
  Json last;
  const auto outcome = train_on_examples(
      problem, parameters, options.training, static_cast<std::uint64_t>(options.seed), options.max_minutes,
      [&](const Json& line) {
        metrics.write(line);
        last = line;
        progress.update(++validations, fmt::format("accuracy {:.1f} %", 100 * line.at("valid_accuracy").get<double>()));
      });
  network->eval();
  save_tensors(run.weights_file(), tagger.parts());
  run.write_outcome(outcome.to_json());
  if (outcome.reason == "interrupted") {
    throw Interrupted(fmt::format("stopped; {} holds the best tagger so far", folder.string()));
  }
  const auto valid = problem.validate();
  Json result = {{"share", share_of(share)},           {"output", folder.string()},
                 {"sentences", text.sentence_count()}, {"words", text.size()},
                 {"valid_accuracy", valid.accuracy},   {"mix", mix_of(tagger, material.source->layers())}};
  result.update(outcome.to_json());
  if (options.test) result["test"] = score_tags(tagger, *material.of_test, material.test).to_json();
  log_info(fmt::format(
      "{}: {} of validation words right{} ({} steps, {})", folder.string(),
      fmt::format("{:.2f} %", 100 * valid.accuracy),
      options.test ? fmt::format(", {:.2f} % of test words", 100 * result["test"]["accuracy"].get<double>()) : "",
      outcome.steps, outcome.reason));
  return result;
}

int train(int argc, char** argv) {
  TaggerRunOptions options;
  CommandLine line({"zoo train tagger",
                    "trains a part-of-speech tagger on another model's vectors, which stay as they are",
                    "zoo train tagger --input ~/.cache/langzoo/brown/brown.tagged.txt --vectors random --output "
                    "runs/tagger\n  zoo train tagger --input brown.tagged.txt --vectors runs/elmo --layer mix --share "
                    "0.01,0.1,1 --test --output runs/tagger-elmo"});
  const auto group = [&](const std::string& title, void (TaggerRunOptions::*list)(Fields&)) {
    Fields fields;
    (options.*list)(fields);
    line.add(title, std::move(fields));
  };
  group("Data", &TaggerRunOptions::data_fields);
  group("Vectors", &TaggerRunOptions::vector_fields);
  group("Model", &TaggerRunOptions::model_fields);
  group("Training", &TaggerRunOptions::training_fields);
  group("Run", &TaggerRunOptions::run_fields);
  if (line.parse(argc, argv)) return 0;
  line.apply();
  set_quiet(options.quiet);
  if (options.output.empty()) fail_usage("--output: give a folder for the run, for example --output runs/tagger");
  if (options.resume) {
    const auto run = RunFolder::open(options.output);
    take_options_of(run, options);
    const auto started_with = kept(options, options.shares[0]);
    line.apply();
    if (options.shares.size() != 1) fail_usage("--resume: goes on with one share; name that share's folder");
    check_same_options(started_with, kept(options, options.shares[0]));
    if (run.finished()) {
      log_info(fmt::format("{}: already finished; nothing to do", options.output));
      if (options.json) {
        auto outcome = run.config().at("outcome");
        outcome["output"] = options.output;
        std::puts(outcome.dump(2).c_str());
      }
      return 0;
    }
  }
  if (options.input.empty()) fail_usage("--input: give a text whose words carry tags (zoo data get brown makes one)");
  if (options.vectors.empty()) fail_usage("--vectors: give a run folder, a file of word vectors, or random");
  if (options.shares.empty()) fail_usage("--share: give at least one");
  const bool several = options.shares.size() > 1;
  std::vector<fs::path> folders;
  for (const auto& share : options.shares) {
    share_of(share);
    folders.push_back(several ? fs::path(options.output) / fmt::format("share-{}", share) : fs::path(options.output));
    if (!options.replace && !options.resume && RunFolder::is_run(folders.back())) {
      fail("{}: holds a run already; choose another folder, or --replace it", folders.back().string());
    }
  }
  const auto threads = use_threads(options.threads);
  const auto material = material_of(options);
  Json result = {{"vectors", material.source->facts()},         {"layers", material.source->layers()},
                 {"in_context", material.source->in_context()}, {"width", material.of_train->width()},
                 {"tags", material.train.names.size()},         {"shares", Json::array()}};
  for (std::size_t i = 0; i < folders.size(); ++i) {
    result["shares"].push_back(train_share(options, options.shares[i], folders[i], material, threads));
  }
  if (options.json) std::puts(result.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace
}  // namespace zoo

int main(int argc, char** argv) { return zoo::run_torch_command(argc, argv, zoo::train); }
