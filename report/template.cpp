#include "report/template.h"

#include "report/assets.h"
#include "report/table.h"

namespace zoo {

std::string filled_template(std::string_view page, const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  while (true) {
    const auto open = page.find("{{");
    out += page.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = page.find("}}", open);
    const auto name = page.substr(open + 2, close - open - 2);
    for (const auto& [key, value] : values) {
      if (key == name) out += value;
    }
    page.remove_prefix(close + 2);
  }
}

std::string page_head(std::string_view title, const std::string& style) {
  return filled_template(asset_text("head.html"), {{"title", escape_html(title)}, {"style", style}});
}

}  // namespace zoo
