// Word vectors and vectors in context as what a task gets in its W → e step.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "evaluation/abilities.h"
#include "evaluation/vector_sources.h"
#include "models/runtime.h"
#include "vectors/open_vectors.h"

namespace zoo {
namespace {

namespace fs = std::filesystem;

void check_static_layer(const std::string& layer) {
  if (layer == "mix" || layer == "average" || layer == "0" || layer == "word") return;
  fail_usage("--layer {}: these are word vectors, one a word; leave the option out", layer);
}

bool is_of_the_zoo(const RunFolder& run, ModelKinds kinds) {
  const auto name = run.model_kind();
  return std::any_of(kinds.begin(), kinds.end(), [&](const auto* kind) { return kind->name() == name; });
}

}  // namespace

void save_changed_run(const SavedModel& saved, const Parts& parts, const fs::path& folder) {
  auto run = RunFolder::create(folder, /*replace=*/true);
  save_tokenizer(*saved.tokenizer, run.tokenizer_folder());
  save_tensors(run.weights_file(), parts);
  auto config = saved.config;
  config["fine_tuned_from"] = fs::weakly_canonical(saved.run.path()).string();
  run.write_config(config);
}

std::unique_ptr<VectorSource> open_vector_source(const VectorChoice& choice, ModelKinds kinds) {
  if (choice.from == "random") {
    check_static_layer(choice.layer);
    if (!choice.random_words) fail("random vectors need a vocabulary; give a tokenizer's folder by --tokenizer");
    const auto size = choice.random_words->size();
    check_memory_for(static_cast<double>(size) * static_cast<double>(choice.random_width) / 4, "--width");
    seed_torch(static_cast<std::uint64_t>(choice.random_seed));
    return word_source(
        torch::randn({size, choice.random_width}), choice.random_words,
        Json{{"from", "random"}, {"kind", "random"}, {"seed", choice.random_seed}, {"width", choice.random_width}});
  }
  const fs::path path = choice.from;
  if (!exists(status_of(path))) {
    fail("--vectors {}: no such run folder or file of word vectors; \"random\" needs none", choice.from);
  }
  const bool is_folder = is_directory(status_of(path));
  const auto absolute = fs::weakly_canonical(path).string();
  if (!is_folder || !is_of_the_zoo(RunFolder::open(path), kinds)) {
    check_static_layer(choice.layer);
    const auto file = is_folder ? RunFolder::open(path).weights_file() : path;
    auto table = open_vectors(path);
    const auto words = table.size();
    return file_source(
        std::move(table),
        Json{{"from", absolute}, {"kind", "word_vectors"}, {"sha256", sha256_of_file(file)}, {"words", words}});
  }
  auto saved = load_run(path, kinds);
  const auto name = fmt::format("{} ({})", choice.from, saved.kind->name());
  Json facts = {{"from", absolute}, {"kind", saved.kind->name()}, {"sha256", sha256_of_file(saved.run.weights_file())}};
  if (saved.model->context_vectors() != nullptr) {
    return context_source(std::move(saved), name, choice.layer, kinds, std::move(facts));
  }
  if (!can(*saved.model, Ability::word_vectors)) {
    fail("{} {}, neither of words nor in context; give the run of another model, or \"random\"", name,
         "has no vectors");
  }
  check_static_layer(choice.layer);
  return word_source(std::move(saved), std::move(facts));
}

}  // namespace zoo
