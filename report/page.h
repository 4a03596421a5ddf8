#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "report/study.h"

namespace zoo {

/// report.json as one self-contained page: tables and sentences are in its HTML, charts are drawn from data inside it.
/// `echarts` is the source of that library; without it (empty) the page draws plain charts of its own and says how to
/// get it. Nothing is loaded from anywhere; a content policy in the page forbids it.
/// Studies are shown by those of `list` that the report has a result for.
std::string report_page(const Json& report, std::string_view echarts,
                        const std::vector<const Study*>& list = studies());

/// JSON that is safe inside <script>: no `<`, `>`, `&` or line separators are left as they are; bad UTF-8 is replaced.
std::string json_for_script(const Json& value);

/// The charts of the page: [{"id", "title", "place", "kind": "bars"|"curves"|"lines"|"scatter"|"heat", …}], as
/// docs/file_formats.md has them, read by assets/charts.js.
Json report_charts(const Json& report, const std::vector<const Study*>& list = studies());

}  // namespace zoo
