#include "report/attention_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "report/assets.h"
#include "report/page.h"
#include "report/table.h"
#include "report/template.h"

namespace zoo {
namespace {

constexpr unsigned kNone = 65535;  ///< a weight that is not allowed, as assets/attention_data.js knows it

bool is_matrix(const Json& matrix, std::size_t rows, std::size_t columns) {
  if (!matrix.is_array() || matrix.size() != rows) return false;
  for (const auto& row : matrix) {
    if (!row.is_array() || row.size() != columns) return false;
    for (const auto& weight : row) {
      if (!weight.is_number() && !weight.is_null()) return false;
    }
  }
  return true;
}

void check(const Json& attention) {
  const auto queries = attention.at("queries").size(), keys = attention.at("keys").size();
  const auto& layers = attention.at("layers");
  bool whole = queries > 0 && keys > 0 && !layers.empty();
  for (const auto& heads : layers) {
    whole = whole && !heads.empty();
    for (const auto& matrix : heads) whole = whole && is_matrix(matrix, queries, keys);
  }
  for (const std::string side : {"query", "key"}) {
    for (const auto& list : {side + "_special", side + "_words"}) {
      if (attention.contains(list)) whole = whole && attention[list].size() == (side == "query" ? queries : keys);
    }
  }
  if (!whole) fail("attention '{}': no weights for each layer, head and word", attention.value("name", ""));
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t place) -> unsigned {
      return place < bytes.size() ? static_cast<unsigned char>(bytes[place]) : 0u;
    };
    const auto three = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    text += kDigits[three >> 18];
    text += kDigits[three >> 12 & 63];
    text += i + 1 < bytes.size() ? kDigits[three >> 6 & 63] : '=';
    text += i + 2 < bytes.size() ? kDigits[three & 63] : '=';
  }
  return text;
}

/// Two bytes a weight, the lower first, row after row: 65534 is 1.
std::string packed(const Json& matrix) {
  std::string bytes;
  for (const auto& row : matrix) {
    for (const auto& weight : row) {
      auto number = kNone;
      if (!weight.is_null()) {
        const auto whole = std::clamp(weight.get<double>(), 0.0, 1.0) * (kNone - 1);
        number = static_cast<unsigned>(std::lround(std::isnan(whole) ? 0.0 : whole));
      }
      bytes += static_cast<char>(number & 255);
      bytes += static_cast<char>(number >> 8);
    }
  }
  return base64(bytes);
}

/// What the page's script reads: as attention_page takes it, but each head's weights packed.
Json page_data(const Json& maps) {
  Json data = {{"model", maps.value("model", "")}, {"text", maps.value("text", "")}, {"attentions", Json::array()}};
  for (const auto& attention : maps["attentions"]) {
    Json one = {{"name", attention.value("name", "")}, {"layers", Json::array()}};
    for (const auto* list : {"queries", "keys"}) one[list] = attention.at(list);
    for (const std::string side : {"query", "key"}) {
      const auto tokens = attention.at(side == "query" ? "queries" : "keys").size();
      const auto special = side + "_special", words = side + "_words";
      one[special] = attention.value(special, Json(std::vector<bool>(tokens, false)));
      one[words] = attention.value(words, Json::array());
      for (auto i = one[words].size(); i < tokens; ++i) one[words].push_back(i);
    }
    for (const auto& heads : attention.at("layers")) {
      Json layer = Json::array();
      for (const auto& matrix : heads) layer.push_back(packed(matrix));
      one["layers"].push_back(std::move(layer));
    }
    data["attentions"].push_back(std::move(one));
  }
  return data;
}

}  // namespace

std::vector<std::int64_t> word_numbers(const std::vector<std::string>& tokens, const std::vector<bool>& special) {
  const auto any = [&](std::string_view mark) {
    return std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) { return token.starts_with(mark); });
  };
  const bool begins = any("▁") || any("Ġ"), goes_on = any("##");
  std::vector<std::int64_t> numbers;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const auto& token = tokens[i];
    const bool first = i == 0 || special[i] || special[i - 1];
    const bool marked = token.starts_with("▁") || token.starts_with("Ġ");
    const bool new_word = first || (goes_on ? !token.starts_with("##") : begins ? marked : true);
    numbers.push_back(numbers.empty() ? 0 : numbers.back() + (new_word ? 1 : 0));
  }
  return numbers;
}

std::string attention_page(const Json& maps) {
  if (maps.value("attentions", Json::array()).empty()) fail("attention: there is none to show");
  for (const auto& attention : maps["attentions"]) check(attention);
  std::string script;
  for (const auto* file :
       {"theme.js", "svg.js", "attention_data.js", "attention_paint.js", "attention_views.js", "attention.js"}) {
    script += asset_text(file);
  }
  const auto style = std::string(asset_text("page.css")) + std::string(asset_text("attention.css"));
  const auto text = maps.value("text", ""), model = maps.value("model", "");
  return filled_template(asset_text("attention.html"),
                         {{"head", page_head(fmt::format("{}: attention", text), style)},
                          {"scope", fmt::format("{} reads: {}", escape_html(model), escape_html(text))},
                          {"data", json_for_script(page_data(maps))},
                          {"script", script}});
}

}  // namespace zoo
