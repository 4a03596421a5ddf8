#include "base/interrupt.h"

#include <csignal>
#include <cstdlib>

namespace zoo {
namespace {

volatile std::sig_atomic_t flag = 0;

void on_signal(int) {
  if (flag != 0) std::_Exit(130);
  flag = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return flag != 0; }

}  // namespace zoo
