#define USE_C10D_GLOO
#include "training/process_group.h"

#include <c10/util/Logging.h>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "base/interrupt.h"
#include "models/runtime.h"
#include "training/process_group_parts.h"

namespace zoo {
namespace {

using std::chrono::milliseconds;

constexpr auto kAsLongAsItTakes = milliseconds(std::chrono::hours(24 * 365));

/// What goes wrong is thrown, and told once. Set before the first group's threads start, which read it.
void silence_libtorch() {
  static const bool once = (FLAGS_caffe2_log_level = 3, true);
  static_cast<void>(once);
}

std::string first_line(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

/// Where the processes meet before they know each other's addresses: opened by rank 0, or by torchrun.
c10::intrusive_ptr<c10d::Store> meeting_place(const ProcessPlace& place, milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(place.port);
  options.isServer = place.leads() && !place.meeting_place_is_open;
  options.numWorkers = static_cast<std::size_t>(place.processes);
  options.waitWorkers = !place.meeting_place_is_open;
  options.timeout = timeout;
  try {
    return c10::make_intrusive<c10d::TCPStore>(place.address, options);
  } catch (const c10::Error& error) {
    const auto why = first_line(error.what_without_backtrace());
    if (why.find("EADDRINUSE") != std::string::npos || why.find("already in use") != std::string::npos) {
      fail("MASTER_PORT: {} is in use on this machine; choose another", place.port);
    }
    if (interrupted()) throw Interrupted("interrupted while waiting for the other processes");
    const auto joined = why.find(" clients joined");
    const auto came = joined == std::string::npos ? joined : why.rfind(' ', joined - 1);
    const auto counts =
        came == std::string::npos ? "" : fmt::format(" ({} came)", why.substr(came + 1, joined - came - 1));
    fail(
        "waited {:.0f} s for all {} processes at {}:{}{}; start each with the same WORLD_SIZE, MASTER_ADDR and "
        "MASTER_PORT, and look whether rank {} runs",
        static_cast<double>(timeout.count()) / 1000, place.processes, place.address, place.port, counts,
        place.leads() ? "1 or another" : "0");
  }
}

/// The network that the processes talk through: GLOO_SOCKET_IFNAME if it is set, the machine itself where rank 0 is
/// named so, else that of this machine's name.
auto device(const ProcessPlace& place) {
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != 0) {
    const std::string names = interface;
    return c10d::ProcessGroupGloo::createDeviceForInterface(names.substr(0, names.find(',')));
  }
  if (place.address == "localhost" || place.address.starts_with("127.")) {
    return c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  }
  return c10d::ProcessGroupGloo::createDefaultDevice();
}

/// All elements in a row, as bytes: a copy where they do not lie so already.
Tensor bytes_of(const Tensor& tensor) { return tensor.detach().contiguous().reshape({-1}).view(torch::kUInt8); }

}  // namespace

void stop_without(const ProcessPlace& place, std::string_view why) {
  if (place.launched) {  // the launcher ends this process as soon as it has seen which one is gone
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!interrupted() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(milliseconds(20));
    if (interrupted()) throw Error("");
  }
  if (interrupted()) throw Interrupted("interrupted; go on with --resume from the last state");
  fail(
      "rank {}: another of the {} processes is gone or does not answer ({}); its own output says why; go on with "
      "--resume",
      place.rank, place.processes, first_line(why));
}

c10::intrusive_ptr<c10d::Work> ProcessGroup::Parts::begin_sum(const Tensor& tensor) {
  const auto processes = static_cast<double>(group->getSize());
  bytes_sent += 2 * (processes - 1) / processes * static_cast<double>(tensor.nbytes());
  std::vector<Tensor> tensors = {tensor};
  return group->allreduce(tensors);
}

ProcessGroup::ProcessGroup(const ProcessPlace& place, double timeout)
    : place_(place), parts_(std::make_unique<Parts>()) {
  silence_libtorch();
  const milliseconds wait(static_cast<std::int64_t>(1000 * timeout));
  parts_->store = c10::make_intrusive<c10d::PrefixStore>("zoo" + place.attempt, meeting_place(place, wait));
  together(place_, [&] {
    auto options = c10d::ProcessGroupGloo::Options::create(wait);
    options->devices.push_back(device(place));
    parts_->group = c10::make_intrusive<c10d::ProcessGroup>(parts_->store, place.rank, place.processes);
    parts_->group->setBackend(
        c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::GLOO,
        c10::make_intrusive<c10d::ProcessGroupGloo>(parts_->store, place.rank, place.processes, options));
    parts_->group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
  });
}

ProcessGroup::~ProcessGroup() = default;

double ProcessGroup::bytes_sent() const { return parts_->bytes_sent; }

void ProcessGroup::sum(const Tensor& tensor) { sum_later(tensor)(); }

std::function<void()> ProcessGroup::sum_later(const Tensor& tensor) {
  auto work = together(place_, [&] { return parts_->begin_sum(tensor); });
  return [this, work = std::move(work)] { together(place_, [&] { work->wait(); }); };
}

void ProcessGroup::copy_from_leader(const Tensor& tensor) {
  std::vector<Tensor> bytes = {bytes_of(tensor)};
  if (bytes[0].numel() == 0) return;
  together(place_, [&] { parts_->group->broadcast(bytes)->wait(); });
  const torch::NoGradGuard no_gradient;
  if (!leads()) tensor.detach().copy_(bytes[0].view(tensor.scalar_type()).reshape(tensor.sizes()));
}

std::string ProcessGroup::from_leader(const std::string& text) {
  together(place_, [&] {
    const auto key = fmt::format("told/{}", parts_->told++);
    if (leads()) parts_->store->set(key, std::string("told"));
    parts_->store->wait({key}, kAsLongAsItTakes);
  });
  auto size = torch::full({1}, static_cast<std::int64_t>(text.size()), torch::kInt64);
  copy_from_leader(size);
  auto bytes = torch::zeros({size.item<std::int64_t>()}, torch::kUInt8);
  if (leads()) std::copy(text.begin(), text.end(), bytes.data_ptr<std::uint8_t>());
  copy_from_leader(bytes);
  return {reinterpret_cast<const char*>(bytes.const_data_ptr<std::uint8_t>()), static_cast<std::size_t>(bytes.numel())};
}

std::vector<Tensor> ProcessGroup::gather(const Tensor& tensor) {
  std::vector<Tensor> own = {bytes_of(tensor)};
  std::vector<std::vector<Tensor>> all(1);
  for (int rank = 0; rank < processes(); ++rank) all[0].push_back(torch::empty_like(own[0]));
  if (own[0].numel() > 0) together(place_, [&] { parts_->group->allgather(all, own)->wait(); });
  std::vector<Tensor> tensors;
  for (const auto& bytes : all[0]) tensors.push_back(bytes.view(tensor.scalar_type()).reshape(tensor.sizes()));
  return tensors;
}

void ProcessGroup::meet() {
  auto nothing = torch::zeros({1});
  std::vector<Tensor> tensors = {nothing};
  together(place_, [&] { parts_->group->allreduce(tensors)->wait(); });
}

std::unique_ptr<ProcessGroup> join_process_group(double timeout) {
  const auto place = process_place();
  if (!place) return nullptr;
  use_threads(1);  // before the first tensor is made; how many there are to be is known later
  return std::make_unique<ProcessGroup>(*place, timeout);
}

}  // namespace zoo
