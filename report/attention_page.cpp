#include "report/attention_page.h"

#include <fmt/format.h>

#include "base/error.h"
#include "report/assets.h"
#include "report/page.h"
#include "report/table.h"
#include "report/template.h"

namespace zoo {
namespace {

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
  if (!whole) fail("attention '{}': no weights for each layer, head and word", attention.value("name", ""));
}

}  // namespace

std::string attention_page(const Json& maps) {
  if (maps.value("attentions", Json::array()).empty()) fail("attention: there is none to show");
  for (const auto& attention : maps["attentions"]) check(attention);
  std::string script;
  for (const auto* file : {"theme.js", "svg.js", "study_charts.js", "attention.js"}) script += asset_text(file);
  const auto style = std::string(asset_text("page.css")) + std::string(asset_text("attention.css"));
  const auto text = maps.value("text", ""), model = maps.value("model", "");
  return filled_template(asset_text("attention.html"),
                         {{"head", page_head(fmt::format("{}: attention", text), style)},
                          {"scope", fmt::format("{} reads: {}", escape_html(model), escape_html(text))},
                          {"data", json_for_script(maps)},
                          {"script", script}});
}

}  // namespace zoo
