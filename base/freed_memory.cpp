#include "base/freed_memory.h"

namespace zoo {
namespace {

void (*keeper_of_memory)(bool) = nullptr;  // constant-initialised: set before any constructor reads it

}  // namespace

void keep_freed_memory(bool keep) {
  if (keeper_of_memory != nullptr) keeper_of_memory(keep);
}

void set_memory_keeper(void (*keeper)(bool keep)) { keeper_of_memory = keeper; }

}  // namespace zoo
