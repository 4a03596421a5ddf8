#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace zoo {

/// Which of the processes that train one model together this one is: what torchrun, SLURM, Kubernetes or zoo launch
/// say by the environment.
struct ProcessPlace {
  int rank = 0;             ///< RANK, from 0 to processes − 1; rank 0 leads: it alone writes the run
  int processes = 1;        ///< WORLD_SIZE
  int local_processes = 1;  ///< LOCAL_WORLD_SIZE: those on this machine, which share its cores
  std::string address;      ///< MASTER_ADDR: where rank 0 can be reached
  int port = 0;             ///< MASTER_PORT
  /// torchrun keeps the meeting place itself (TORCHELASTIC_USE_AGENT_STORE); else rank 0 opens it.
  bool meeting_place_is_open = false;
  std::string attempt;    ///< TORCHELASTIC_RESTART_COUNT: a second attempt meets elsewhere in the same place
  bool launched = false;  ///< by zoo launch (ZOO_LAUNCHED), which tells of a lost process for all

  bool leads() const { return rank == 0; }
};

/// Nothing where WORLD_SIZE is not set or 1. Throws UsageError naming the variable that is missing or wrong.
std::optional<ProcessPlace> process_place();

/// Throws UsageError where several processes were started: `what` works in one.
void refuse_several_processes(std::string_view what);

}  // namespace zoo
