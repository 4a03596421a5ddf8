#include "base/error.h"
#include "runs/run_folder.h"

namespace zoo {

std::shared_ptr<const Tokenizer> RunFolder::tokenizer() const {
  const auto entry = config().value("tokenizer", Json());
  const auto fingerprint = entry.is_object() ? entry.value("fingerprint", Json()) : Json();
  if (!fingerprint.is_string())
    fail("{}: tokenizer.fingerprint is missing; is the file damaged?", config_file().string());
  const auto expected = fingerprint.get<std::string>();
  auto tokenizer = load_tokenizer(tokenizer_folder());
  if (tokenizer->fingerprint() != expected) {
    fail(
        "{}: is not the tokenizer that this run was trained with (fingerprint {}…, {}… expected); put the old one back",
        tokenizer_folder().string(), tokenizer->fingerprint().substr(0, 8), expected.substr(0, 8));
  }
  return tokenizer;
}

}  // namespace zoo
