#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"

namespace zoo {

/// One option: its name (snake_case), where its value lives, what values it may take and one line of help.
class Field {
 public:
  using Slot =
      std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::int64_t>*, std::vector<std::string>*>;

  Field(std::string name, Slot slot, std::string help);

  /// Numbers (each number, for a list) must lie in [low, high].
  Field& range(double low, double high);
  /// A list of texts may be written as one word with commas (--models ngram,nnlm); files never are.
  Field& comma_separated();
  /// Text must be one of these.
  Field& choices(std::vector<std::string> allowed);

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  std::string flag() const;        ///< "learning_rate" → "learning-rate"
  std::string type_name() const;   ///< "true|false", "N", "X", "TEXT", "N,N,…", "TEXT…", or the choices
  std::string range_text() const;  ///< "1 … 64", "" where any value will do
  const Json& default_value() const { return default_; }
  bool is_switch() const { return std::holds_alternative<bool*>(slot_); }
  bool is_list() const;

  Json value() const;
  /// Throws UsageError that names `path`, the value and what is allowed.
  void set(const Json& value, std::string_view path);
  /// From the words of a command line: the last one counts, but a list takes them all.
  void set_from_texts(const std::vector<std::string>& texts, std::string_view path);

 private:
  void check(const Json& value, std::string_view path) const;

  std::string name_;
  Slot slot_;
  std::string help_;
  Json default_;
  double low_, high_;
  bool comma_separated_ = false;
  std::vector<std::string> choices_;
};

/// The one list of an options struct: JSON, --help, flags and the docs' tables all walk it.
///
///   struct NnlmOptions {
///     int64_t hidden = 50;
///     void fields(Fields& f) { f("hidden", hidden, "hidden size h").range(0, 1 << 16); }
///   };
class Fields {
 public:
  template <class T>
  Field& operator()(std::string name, T& slot, std::string help) {
    return list_.emplace_back(std::move(name), Field::Slot(&slot), std::move(help));
  }

  std::deque<Field>& list() { return list_; }
  const std::deque<Field>& list() const { return list_; }
  Field* find(std::string_view name);

  Json to_json() const;
  /// Strict: an unknown or mistyped key is a UsageError that names its full path (`path`.key) and the nearest known
  /// key.
  void read_json(const Json& object, std::string_view path);
  /// The same as a Markdown table: option, default, allowed, meaning.
  std::string markdown() const;

 private:
  std::deque<Field> list_;
};

template <class Options>
Fields fields_of(Options& options) {
  Fields fields;
  options.fields(fields);
  return fields;
}

/// The candidate nearest in spelling, if any is near (for "did you mean").
std::optional<std::string> nearest_spelling(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace zoo
