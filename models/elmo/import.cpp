#include "models/elmo/import.h"

#include "base/error.h"
#include "formats/hdf5.h"
#include "models/elmo/elmo.h"
#include "tokenizers/character_ids.h"

namespace zoo::elmo {
namespace {

/// Reads keys of options.json and says which is wrong.
class PublicOptions {
 public:
  explicit PublicOptions(const std::filesystem::path& file) : file_(file), json_(read_json(file)) {}

  template <class T>
  T get(const std::string& path) const {
    const auto& value = find(path);
    try {
      return value.get<T>();
    } catch (const Json::exception&) {
      fail("{}: {} is {}, which is not of the type expected", file_.string(), path, value.dump());
    }
  }
  template <class T>
  T get(const std::string& path, T otherwise) const {
    const Json::json_pointer place("/" + path);
    return json_.contains(place) && !json_.at(place).is_null() ? get<T>(path) : otherwise;
  }
  [[noreturn]] void refuse(const std::string& path, const std::string& why) const {
    fail("{}: {} is {}; {}", file_.string(), path, find(path).dump(), why);
  }

 private:
  const Json& find(const std::string& path) const {
    const Json::json_pointer place("/" + path);
    if (!json_.contains(place)) {
      fail("{}: {} is missing; is it the options of another model?", file_.string(), path);
    }
    return json_.at(place);
  }

  std::filesystem::path file_;
  Json json_;
};

ElmoOptions options_of(const std::filesystem::path& file) {
  const PublicOptions given(file);
  ElmoOptions options;
  options.softmax = "none";
  options.projection = given.get<std::int64_t>("lstm/projection_dim");
  options.cell = given.get<std::int64_t>("lstm/dim");
  options.layers = given.get<std::int64_t>("lstm/n_layers");
  options.skip = given.get<bool>("lstm/use_skip_connections", false);
  options.cell_clip = given.get<double>("lstm/cell_clip", 0);
  options.projection_clip = given.get<double>("lstm/proj_clip", 0);
  options.max_characters = given.get<std::int64_t>("char_cnn/max_characters_per_token");
  options.character_dim = given.get<std::int64_t>("char_cnn/embedding/dim");
  options.activation = given.get<std::string>("char_cnn/activation");
  options.highways = given.get<std::int64_t>("char_cnn/n_highway", 0);
  options.filter_widths.clear();
  options.filter_counts.clear();
  for (const auto& [width, count] : given.get<std::vector<std::pair<std::int64_t, std::int64_t>>>("char_cnn/filters")) {
    options.filter_widths.push_back(width);
    options.filter_counts.push_back(count);
  }
  const auto characters = given.get<std::int64_t>("char_cnn/n_characters", kCharacters);
  if (characters != kCharacters && characters != kCharacters - 1) {
    given.refuse("char_cnn/n_characters", "models of 261 (or, with that for no character, 262) are read");
  }
  // Through the list of fields, for their ranges.
  ElmoOptions checked;
  try {
    fields_of(checked).read_json(fields_of(options).to_json(), "model");
    checked.check();
  } catch (const UsageError& error) {
    fail("{}: {}", file.string(), error.what());
  }
  return checked;
}

/// Datasets of the weights' file as tensors, each of the shape that the options ask for.
class PublicWeights {
 public:
  explicit PublicWeights(const std::filesystem::path& file) : file_(file) {}

  bool has(const std::string& name) const { return file_.has(name); }
  std::vector<std::int64_t> shape(const std::string& name) const { return file_.shape(name); }
  Tensor read(const std::string& name, const std::vector<std::int64_t>& shape) const {
    auto numbers = file_.floats(name, shape);
    return torch::from_blob(numbers.data(), shape, torch::kFloat).clone();
  }

 private:
  Hdf5File file_;
};

/// The table of characters as we have it, [262, d], row 0 "no character". The file has no such row: 261. A table of 262
/// was trained with room for it: its first row is that, of zeros, or its last is one that no character uses.
Tensor read_character_table(const PublicWeights& weights, std::int64_t d) {
  const std::string name = "char_embed";
  if (weights.has(name) && weights.shape(name) == std::vector<std::int64_t>{kCharacters, d}) {
    const auto table = weights.read(name, {kCharacters, d});
    if (table[0].count_nonzero().item<std::int64_t>() == 0) return table;
    return torch::cat({torch::zeros({1, d}), table.narrow(0, 0, kCharacters - 1)});
  }
  return torch::cat({torch::zeros({1, d}), weights.read(name, {kCharacters - 1, d})});
}

void read_characters(const PublicWeights& weights, const ElmoOptions& options, Parts& parameters) {
  const auto d = options.character_dim, n = options.filters();
  const auto add = [&](const std::string& name, const Tensor& tensor) {
    parameters.emplace_back("token.characters." + name, tensor.contiguous());
  };
  add("embedding.weight", read_character_table(weights, d));  // [262, d]
  for (std::size_t i = 0; i < options.filter_widths.size(); ++i) {
    const auto width = options.filter_widths[i], count = options.filter_counts[i];
    const auto filter = weights.read(fmt::format("CNN/W_cnn_{}", i), {1, width, d, count});
    add(fmt::format("filters.{}.weight", i), filter[0].permute({2, 1, 0}));  // [n_i, d, w_i]
    add(fmt::format("filters.{}.bias", i), weights.read(fmt::format("CNN/b_cnn_{}", i), {count}));
  }
  for (std::int64_t k = 0; k < options.highways; ++k) {
    for (const auto& [theirs, ours] : {std::pair{"transform", "transform"}, std::pair{"carry", "gate"}}) {
      const auto name = fmt::format("highways.{}.{}.", k, ours);
      add(name + "weight", weights.read(fmt::format("CNN_high_{}/W_{}", k, theirs), {n, n}).t());
      add(name + "bias", weights.read(fmt::format("CNN_high_{}/b_{}", k, theirs), {n}));
    }
  }
  const auto p = options.projection;
  if (n == p && !weights.has("CNN_proj/W_proj")) {  // nothing to project
    add("projection.weight", torch::eye(p));
    add("projection.bias", torch::zeros({p}));
  } else {
    add("projection.weight", weights.read("CNN_proj/W_proj", {n, p}).t());  // [P, N]
    add("projection.bias", weights.read("CNN_proj/b_proj", {p}));
  }
}

std::string cell_name(int direction, std::int64_t layer) {
  return fmt::format("RNN_{}/RNN/MultiRNNCell/Cell{}/LSTMCell/", direction, layer);
}

void read_lstms(const PublicWeights& weights, ElmoOptions& options, Parts& parameters) {
  const auto p = options.projection, h = options.cell;
  // LSTMs without a projection, whose output is then not clipped either.
  const bool projected = p != h || weights.has(cell_name(0, 0) + "W_P_0");
  if (!projected) options.projection_clip = 0;
  for (const auto& [direction, number] : {std::pair{"forward", 0}, std::pair{"backward", 1}}) {
    for (std::int64_t l = 0; l < options.layers; ++l) {
      const auto theirs = cell_name(number, l);
      const auto ours = fmt::format("{}.{}.", direction, l);
      // The gates stand in the same order, i j f o, and x before h.
      parameters.emplace_back(ours + "weight", weights.read(theirs + "W_0", {2 * p, 4 * h}).t().contiguous());
      parameters.emplace_back(ours + "bias", weights.read(theirs + "B", {4 * h}));
      parameters.emplace_back(ours + "projection",
                              projected ? weights.read(theirs + "W_P_0", {h, p}).t().contiguous() : torch::eye(p));
    }
  }
}

}  // namespace

PublicElmo read_public_elmo(const std::filesystem::path& options_file, const std::filesystem::path& weights_file) {
  PublicElmo result;
  result.options = options_of(options_file);
  const PublicWeights weights(weights_file);
  try {
    read_characters(weights, result.options, result.parameters);
    read_lstms(weights, result.options, result.parameters);
  } catch (const Error& error) {
    fail("{} (as {} says)", error.what(), options_file.string());
  }
  return result;
}

}  // namespace zoo::elmo
