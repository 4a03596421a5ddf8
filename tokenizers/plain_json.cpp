#include "tokenizers/plain_json.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace zoo {

PlainJson read_plain_json(const std::filesystem::path& path) {
  const auto text = read_file(path, std::uint64_t{1} << 28);
  if (is_nested_too_deep(text)) fail("{}: is no JSON of a tokenizer, it is nested too deep", path.string());
  auto value = PlainJson::parse(text, nullptr, false);
  if (value.is_discarded()) fail("{}: is no JSON; was it cut short?", path.string());
  return value;
}

void write_plain_json(const std::filesystem::path& path, const PlainJson& value) {
  write_file_atomically(path, value.dump(2, ' ', false, PlainJson::error_handler_t::replace) + "\n");
}

}  // namespace zoo
