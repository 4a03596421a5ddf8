#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "training/process_group.h"

namespace zoo {

/// A socket that listens on a port of its own until the end.
class TakenPort {
 public:
  TakenPort() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof address;
    ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(descriptor_, 1);
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~TakenPort() { ::close(descriptor_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  int port() const { return port_; }

 private:
  int descriptor_, port_ = 0;
};

inline int free_port() { return TakenPort().port(); }

inline ProcessPlace place_on_this_machine(int rank, int processes, int port) {
  ProcessPlace place;
  place.rank = rank;
  place.processes = place.local_processes = processes;
  place.address = "127.0.0.1";
  place.port = port;
  return place;
}

/// Runs body(group) for each rank, each in a thread of this process: a group knows nothing of processes. The first
/// exception is thrown again.
inline void with_group(int processes, const std::function<void(ProcessGroup&)>& body) {
  const auto port = free_port();
  std::vector<std::exception_ptr> thrown(static_cast<std::size_t>(processes));
  std::vector<std::thread> ranks;
  for (int rank = 0; rank < processes; ++rank) {
    ranks.emplace_back([&, rank] {
      try {
        ProcessGroup group(place_on_this_machine(rank, processes, port), 60);
        body(group);
        group.meet();
      } catch (...) {
        thrown[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (auto& rank : ranks) rank.join();
  for (const auto& exception : thrown) {
    if (exception) std::rethrow_exception(exception);
  }
}

}  // namespace zoo
