#include "base/error.h"
#include "runs/run_folder.h"

namespace zoo {
namespace {

/// The tokenizer in `folder`, which must be the one that `entry` of the config describes.
std::shared_ptr<const Tokenizer> checked_tokenizer(const std::filesystem::path& folder, const Json& entry,
                                                   const std::string& config_file) {
  const auto fingerprint = entry.is_object() ? entry.value("fingerprint", Json()) : Json();
  if (!fingerprint.is_string()) fail("{}: tokenizer.fingerprint is missing; is the file damaged?", config_file);
  const auto expected = fingerprint.get<std::string>();
  auto tokenizer = load_tokenizer(folder);
  if (tokenizer->fingerprint() != expected) {
    fail(
        "{}: is not the tokenizer that this run was trained with (fingerprint {}…, {}… expected); put the old one back",
        folder.string(), tokenizer->fingerprint().substr(0, 8), expected.substr(0, 8));
  }
  return tokenizer;
}

}  // namespace

std::shared_ptr<const Tokenizer> RunFolder::tokenizer() const {
  const auto entry = config().value("tokenizer", Json());
  const bool two = entry.is_object() && entry.contains("target");
  return checked_tokenizer(two ? tokenizer_folder() / "target" : tokenizer_folder(), two ? entry.at("target") : entry,
                           config_file().string());
}

std::shared_ptr<const Tokenizer> RunFolder::source_tokenizer() const {
  const auto entry = config().value("tokenizer", Json());
  if (!entry.is_object() || !entry.contains("source")) return nullptr;
  return checked_tokenizer(tokenizer_folder() / "source", entry.at("source"), config_file().string());
}

}  // namespace zoo
