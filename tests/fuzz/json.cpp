// JSON, and a configuration read by the fields of options: a run's config.json, a --config file, HDF5 models'
// options.json.
#include "base/json.h"

#include "base/fields.h"
#include "runs/run_folder.h"
#include "tests/fuzz/fuzz.h"

namespace {

struct Options {
  bool flag = false;
  std::int64_t number = 1;
  double rate = 0.5;
  std::string name = "one";
  std::vector<std::int64_t> numbers;
  std::vector<std::string> names;
  void fields(zoo::Fields& field) {
    field("flag", flag, "");
    field("number", number, "").range(0, 1 << 20);
    field("rate", rate, "").range(0, 1);
    field("name", name, "").choices({"one", "two"});
    field("numbers", numbers, "").range(1, 100);
    field("names", names, "");
  }
};

}  // namespace

ZOO_FUZZ(content) {
  zoo::expect_answer_or_error([&] {
    const auto json = zoo::parse_json(content, "input");
    Options options;
    auto fields = zoo::fields_of(options);
    fields.read_json(json, "input");
    static_cast<void>(fields.to_json().dump());
  });
  const auto file = zoo::fuzz_file("run/config.json", content);
  const auto run = zoo::RunFolder::open(file.parent_path());
  static_cast<void>(run.config());
  static_cast<void>(run.finished());
  zoo::expect_answer_or_error([&] { static_cast<void>(run.latest_state()); });
  zoo::expect_answer_or_error([&] { static_cast<void>(run.tokenizer()); });
}
