#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoo {

/// A page's template with its marks `{{name}}` replaced by the values of these names (nothing for others), in one pass,
/// so that no value is read as a mark.
std::string filled_template(std::string_view page, const std::vector<std::pair<std::string, std::string>>& values);

/// What stands in the <head> of every page: its title (escaped here), its style, the policy that nothing is loaded.
std::string page_head(std::string_view title, const std::string& style);

}  // namespace zoo
