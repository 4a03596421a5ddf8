#include "training/process_place.h"

#include <charconv>
#include <cstdlib>

#include "base/error.h"

namespace zoo {
namespace {

std::string variable(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

int number(const char* name, const std::string& text, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    fail_usage("{}: '{}' is no number from {} to {}", name, text, low, high);
  }
  return value;
}

bool is_loopback(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

}  // namespace

std::optional<ProcessPlace> process_place() {
  const auto size = variable("WORLD_SIZE");
  if (size.empty()) return std::nullopt;
  ProcessPlace place;
  place.processes = number("WORLD_SIZE", size, 1, 1 << 16);
  if (place.processes == 1) return std::nullopt;
  const auto needed = [&](const char* name) {
    auto text = variable(name);
    if (text.empty()) {
      fail_usage("{}: is not set, and WORLD_SIZE is {}; set it, or start by zoo launch --processes {} -- train …", name,
                 size, size);
    }
    return text;
  };
  const auto rank = needed("RANK");
  place.rank = number("RANK", rank, 0, 1 << 16);
  if (place.rank >= place.processes) {
    fail_usage("RANK: {} with a WORLD_SIZE of {}; ranks go from 0 to {}", rank, size, place.processes - 1);
  }
  place.address = needed("MASTER_ADDR");
  place.port = number("MASTER_PORT", needed("MASTER_PORT"), 1, 65535);
  const auto local = variable("LOCAL_WORLD_SIZE");
  place.local_processes = !local.empty()               ? number("LOCAL_WORLD_SIZE", local, 1, place.processes)
                          : is_loopback(place.address) ? place.processes
                                                       : 1;
  place.meeting_place_is_open = variable("TORCHELASTIC_USE_AGENT_STORE") == "True";
  place.attempt = variable("TORCHELASTIC_RESTART_COUNT");
  place.launched = !variable("ZOO_LAUNCHED").empty();
  return place;
}

void refuse_several_processes(std::string_view what) {
  const auto place = process_place();
  if (!place) return;
  fail_usage("WORLD_SIZE: {} processes, and {} is trained in one; start it alone", place->processes, what);
}

}  // namespace zoo
