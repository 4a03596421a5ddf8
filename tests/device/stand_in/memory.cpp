#include "tests/device/stand_in/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

namespace zoo::stand_in {
namespace {

class Memory : public c10::Allocator {
 public:
  Memory() {
    const int file = ::memfd_create("stand_in", 0);
    TORCH_CHECK(file >= 0 && ::ftruncate(file, static_cast<off_t>(kBytes)) == 0, "no memory for the stand-in");
    forbidden_ = static_cast<char*>(::mmap(nullptr, kBytes, PROT_NONE, MAP_SHARED, file, 0));
    host_ = static_cast<char*>(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0));
    TORCH_CHECK(forbidden_ != MAP_FAILED && host_ != MAP_FAILED, "no addresses for the stand-in");
    ::close(file);
  }

  c10::DataPtr allocate(size_t bytes) override {
    const c10::Device device(c10::DeviceType::CUDA, 0);
    if (bytes == 0) return {nullptr, nullptr, &give_back, device};
    const auto size = std::bit_ceil(std::max<size_t>(bytes, 256));
    const std::lock_guard lock(mutex_);
    auto& free = free_[size];
    void* place = nullptr;
    if (!free.empty()) {
      place = free.back();
      free.pop_back();
    } else {
      TORCH_CHECK(used_ + size <= kBytes, "the stand-in's memory is full");
      place = forbidden_ + used_;
      used_ += size;
    }
    sizes_[place] = size;
    return {place, place, &give_back, device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    std::memcpy(host(to), host(from), count);
  }
  void* host(const void* on_device) const { return host_ + (static_cast<const char*>(on_device) - forbidden_); }

 private:
  static void give_back(void* place);

  static constexpr size_t kBytes = size_t{8} << 30;  ///< addresses; pages come when they are touched
  char *forbidden_ = nullptr, *host_ = nullptr;
  size_t used_ = 0;
  std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_;  ///< by size
  std::map<void*, size_t> sizes_;
};

Memory& memory() {
  static auto* const the_memory = new Memory();  // tensors may outlive everything else
  return *the_memory;
}

void Memory::give_back(void* place) {
  if (place == nullptr) return;
  auto& all = memory();
  const std::lock_guard lock(all.mutex_);
  const auto found = all.sizes_.find(place);
  all.free_[found->second].push_back(place);
  all.sizes_.erase(found);
}

}  // namespace

c10::Allocator* device_memory() { return &memory(); }
void* host_address(const void* on_device) { return memory().host(on_device); }

}  // namespace zoo::stand_in
