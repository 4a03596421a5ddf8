#pragma once

namespace zoo {

/// Whether memory that is freed stays with the process, in huge pages, for what is allocated next: worth it where steps
/// allocate the same sizes again and again, and waste elsewhere. Without effect in a program whose allocator is the
/// system's.
void keep_freed_memory(bool keep);

/// Whom keep_freed_memory() tells: the program's allocator (apps/memory).
void set_memory_keeper(void (*keeper)(bool keep));

}  // namespace zoo
