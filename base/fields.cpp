#include "base/fields.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/spelling.h"

namespace zoo {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // which clang 14 does not find by itself

std::string number_text(double number) {
  const bool whole = number == std::trunc(number) && std::abs(number) < 1e10;
  return whole ? fmt::format("{:.0f}", number) : fmt::format("{:g}", number);
}

std::int64_t integer_from(const std::string& text, std::string_view path) {
  std::size_t used = 0;
  try {
    const auto number = std::stoll(text, &used);
    if (used == text.size()) return number;
  } catch (const std::exception&) {
  }
  fail_usage("{}: '{}' is not a whole number", path, text);
}

double number_from(const std::string& text, std::string_view path) {
  std::size_t used = 0;
  try {
    const auto number = std::stod(text, &used);
    if (used == text.size()) return number;
  } catch (const std::exception&) {
  }
  fail_usage("{}: '{}' is not a number", path, text);
}

std::vector<std::string> split_commas(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const auto& text : texts) {
    std::size_t start = 0;
    while (start <= text.size()) {
      const auto comma = std::min(text.find(',', start), text.size());
      if (comma > start) parts.push_back(text.substr(start, comma - start));
      start = comma + 1;
    }
  }
  return parts;
}

}  // namespace

Field::Field(std::string name, Slot slot, std::string help)
    : name_(std::move(name)), slot_(slot), help_(std::move(help)), low_(-kInfinity), high_(kInfinity) {
  default_ = value();
}

Field& Field::range(double low, double high) {
  low_ = low;
  high_ = high;
  return *this;
}

Field& Field::comma_separated() {
  comma_separated_ = true;
  return *this;
}

Field& Field::choices(std::vector<std::string> allowed) {
  choices_ = std::move(allowed);
  return *this;
}

std::string Field::flag() const {
  auto flag = name_;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

bool Field::is_list() const {
  return std::holds_alternative<std::vector<std::int64_t>*>(slot_) ||
         std::holds_alternative<std::vector<std::string>*>(slot_);
}

std::string Field::type_name() const {
  if (!choices_.empty()) return fmt::format("{}", fmt::join(choices_, "|"));
  return std::visit(
      Overloaded{[](bool*) { return "true|false"; }, [](std::int64_t*) { return "N"; }, [](double*) { return "X"; },
                 [](std::string*) { return "TEXT"; }, [](std::vector<std::int64_t>*) { return "N,N,…"; },
                 [](std::vector<std::string>*) { return "TEXT…"; }},
      slot_);
}

std::string Field::range_text() const {
  if (low_ == -kInfinity && high_ == kInfinity) return "";
  if (high_ == kInfinity) return "≥ " + number_text(low_);
  return number_text(low_) + " … " + number_text(high_);
}

Json Field::value() const {
  return std::visit([](auto* slot) { return Json(*slot); }, slot_);
}

void Field::check(const Json& value, std::string_view path) const {
  const auto check_number = [&](double number) {
    if (!(number >= low_ && number <= high_)) {
      fail_usage("{}: {} is out of range; allowed: {}", path, number_text(number), range_text());
    }
  };
  if (value.is_number()) check_number(value.get<double>());
  if (value.is_array()) {
    for (const auto& item : value) {
      if (item.is_number()) check_number(item.get<double>());
    }
  }
  if (value.is_string() && !choices_.empty() &&
      std::find(choices_.begin(), choices_.end(), value.get<std::string>()) == choices_.end()) {
    fail_usage("{}: '{}' is not known; choose one of {}", path, value.get<std::string>(), fmt::join(choices_, ", "));
  }
}

void Field::set(const Json& value, std::string_view path) {
  const auto need = [&](bool fits, const char* what) {
    if (!fits) fail_usage("{}: {} is not {}", path, value.dump(), what);
  };
  const auto all = [&](auto&& test) { return value.is_array() && std::all_of(value.begin(), value.end(), test); };
  const auto is_whole = [](const Json& item) {  // beyond 63 bits it would wrap round
    return item.is_number_integer() && (!item.is_number_unsigned() || item.get<std::uint64_t>() >> 63 == 0);
  };
  std::visit(Overloaded{[&](bool*) { need(value.is_boolean(), "true or false"); },
                        [&](std::int64_t*) { need(is_whole(value), "a whole number of at most 63 bits"); },
                        [&](double*) { need(value.is_number(), "a number"); },
                        [&](std::string*) { need(value.is_string(), "text"); },
                        [&](std::vector<std::int64_t>*) { need(all(is_whole), "a list of whole numbers"); },
                        [&](std::vector<std::string>*) {
                          need(all([](const Json& item) { return item.is_string(); }), "a list of texts");
                        }},
             slot_);
  check(value, path);
  std::visit([&](auto* slot) { value.get_to(*slot); }, slot_);
}

void Field::set_from_texts(const std::vector<std::string>& texts, std::string_view path) {
  const auto& text = texts.back();
  const auto parsed = std::visit(
      Overloaded{[&](bool*) -> Json {
                   if (text == "true" || text == "1" || text == "yes" || text.empty()) return true;
                   if (text == "false" || text == "0" || text == "no") return false;
                   fail_usage("{}: '{}' is not true or false", path, text);
                 },
                 [&](std::int64_t*) -> Json { return integer_from(text, path); },
                 [&](double*) -> Json { return number_from(text, path); }, [&](std::string*) -> Json { return text; },
                 [&](std::vector<std::int64_t>*) -> Json {
                   auto list = Json::array();
                   for (const auto& part : split_commas(texts)) list.push_back(integer_from(part, path));
                   return list;
                 },
                 [&](std::vector<std::string>*) -> Json { return comma_separated_ ? split_commas(texts) : texts; }},
      slot_);
  set(parsed, path);
}

Field* Fields::find(std::string_view name) {
  const auto found = std::find_if(list_.begin(), list_.end(), [&](const Field& f) { return f.name() == name; });
  return found == list_.end() ? nullptr : &*found;
}

Json Fields::to_json() const {
  auto object = Json::object();
  for (const auto& field : list_) object[field.name()] = field.value();
  return object;
}

void Fields::read_json(const Json& object, std::string_view path) {
  if (!object.is_object()) fail_usage("{}: {} is not an object of options", path, object.dump().substr(0, 40));
  for (const auto& [key, value] : object.items()) {
    const auto full = path.empty() ? key : fmt::format("{}.{}", path, key);
    auto* field = find(key);
    if (field == nullptr) {
      std::vector<std::string> known;
      for (const auto& candidate : list_) known.push_back(candidate.name());
      const auto near = nearest_spelling(key, known);
      fail_usage("{}: no such option{}", full, near ? fmt::format("; did you mean '{}'?", *near) : "");
    }
    field->set(value, full);
  }
}

std::string Fields::markdown() const {
  std::string table = "| option | default | allowed | meaning |\n|---|---|---|---|\n";
  for (const auto& field : list_) {
    auto allowed = field.range_text().empty() ? field.type_name() : field.range_text();
    std::size_t at = 0;
    while ((at = allowed.find('|', at)) != std::string::npos) allowed.replace(at, 1, "\\|"), at += 2;
    table +=
        fmt::format("| `{}` | `{}` | {} | {} |\n", field.name(), field.default_value().dump(), allowed, field.help());
  }
  return table;
}

std::optional<std::string> nearest_spelling(std::string_view word, const std::vector<std::string>& candidates) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = letters_apart(word, candidate, best_distance);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

}  // namespace zoo
