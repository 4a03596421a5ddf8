#include "apps/train_tagger/options.h"

#include <cstdlib>
#include <filesystem>

#include "base/error.h"

namespace zoo {

namespace fs = std::filesystem;

Json kept(TaggerRunOptions& options, const std::string& share) {
  const auto vectors = options.vectors == "random" ? options.vectors : fs::weakly_canonical(options.vectors).string();
  return {
      {"model",
       {{"lstm", options.lstm},
        {"hidden_size", options.hidden_size},
        {"dropout", options.dropout},
        {"mix_norm", options.mix_norm},
        {"mix_output", options.mix_output}}},
      {"data",
       {{"input", options.input}, {"tags", options.tags}, {"share", share}, {"max_sentences", options.max_sentences}}},
      {"vectors",
       {{"from", vectors},
        {"layer", options.layer},
        {"width", options.random_width},
        {"fine_tuned", options.fine_tune}}},
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
    options.lstm = config.at("model").value("lstm", std::int64_t{0});
    options.mix_norm = config.at("model").value("mix_norm", false);
    options.mix_output = config.at("model").value("mix_output", false);
    options.hidden_size = config.at("model").at("hidden_size").get<std::int64_t>();
    options.dropout = config.at("model").at("dropout").get<double>();
    options.fine_tune = config.at("vectors").value("fine_tuned", false);
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

}  // namespace zoo
