#include "report/rungs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/fields.h"
#include "base/process.h"

namespace zoo {

bool Rung::can(const std::string& ability) const {
  return std::find(abilities.begin(), abilities.end(), ability) != abilities.end();
}

std::vector<Rung> rungs_of(const Json& list, const std::vector<std::string>& models) {
  std::vector<Rung> rungs;
  std::vector<std::string> names;
  for (const auto& kind : list) names.push_back(kind.at("kind").get<std::string>());
  for (const auto& wanted : models) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    const auto near = nearest_spelling(wanted, names);
    fail_usage("--models {}: there is no such model{}; there are {}", wanted,
               near ? fmt::format("; did you mean {}?", *near) : "", fmt::join(names, ", "));
  }
  for (const auto& kind : list) {
    const auto model = kind.at("kind").get<std::string>();
    if (!models.empty() && std::find(models.begin(), models.end(), model) == models.end()) continue;
    if (!models.empty() && kind.at("variants").empty()) {
      fail_usage("--models {}: is no row of a comparison, it reads what the others make; leave it out", model);
    }
    for (const auto& variant : kind.at("variants")) {
      Rung rung{.model = model,
                .name = variant.at("name"),
                .title = variant.at("title"),
                .step = kind.at("step"),
                .trains_itself = variant.value("trains_itself", false),
                .options = variant.value("options", Json::object()),
                .abilities = variant.value("abilities", std::vector<std::string>{})};
      const auto same = [&](const Rung& other) { return other.name == rung.name; };
      if (std::any_of(rungs.begin(), rungs.end(), same)) {
        fail("models/{}: its variant {} has the name of another model's; give it another", model, rung.name);
      }
      rungs.push_back(std::move(rung));
    }
  }
  std::stable_sort(rungs.begin(), rungs.end(), [](const Rung& a, const Rung& b) { return a.step < b.step; });
  return rungs;
}

std::optional<std::filesystem::path> models_folder() {
  const auto here = executable_folder();
  for (const auto* way : {"../share/langzoo/models", "../../../models", "../../models"}) {
    const auto folder = (here / way).lexically_normal();
    if (std::filesystem::is_directory(folder)) return folder;
  }
  return std::nullopt;
}

Json rung_config(const Rung& rung, const std::string& size, const std::optional<std::filesystem::path>& models) {
  Json config = Json::object();
  if (models) {
    const auto folder = *models / rung.model / "configs";
    auto variant = rung.name;
    std::replace(variant.begin(), variant.end(), '-', '_');
    // A size that a model has no config for is made with the other one, which suits it better than no config.
    std::vector<std::string> names;
    for (const auto& wanted : {size, std::string(size == "small" ? "brown" : "small")}) {
      names.push_back(fmt::format("{}_{}.json", wanted, variant));
      names.push_back(fmt::format("{}.json", wanted));
    }
    for (const auto& name : names) {
      if (!std::filesystem::is_regular_file(folder / name)) continue;
      config = read_json(folder / name);
      if (!config.is_object()) fail("{}: a config is a JSON object", (folder / name).string());
      break;
    }
  }
  // The text and the tokenizer are the comparison's, the same for all.
  config.erase("tokenizer");
  config.erase("data");
  if (!config.contains("model")) config["model"] = Json::object();
  for (const auto& [name, value] : rung.options.items()) config["model"][name] = value;
  return config;
}

}  // namespace zoo
