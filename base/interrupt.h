#pragma once

namespace zoo {

/// From now on the first Ctrl-C (or SIGTERM) only sets a flag; the second ends the process at once with status 130.
void catch_interrupts();

/// Long work asks this between two steps, saves what it has and throws Interrupted.
bool interrupted();

}  // namespace zoo
