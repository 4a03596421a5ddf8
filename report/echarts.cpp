#include "report/echarts.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "data/packages.h"

namespace zoo {
namespace {

constexpr auto kVersion = "5.6.0";
constexpr auto kSha256 = "e1b82487dd7f8d9f0438eec1f1433051148e0095ac7a15d4db890afda45cf610";

}  // namespace

std::string echarts_source() {
  try {
    return read_file(fetch_npm_package("echarts", kVersion, kSha256, "package/dist/echarts.min.js"), 16 << 20);
  } catch (const Interrupted&) {
    throw;
  } catch (const Error& error) {
    log_warning(fmt::format("the report's charts will be plain ones: {}", error.what()));
    return "";
  }
}

}  // namespace zoo
