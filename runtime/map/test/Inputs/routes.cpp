// A server's table that is built once and then read: what a growth leaves behind
// stays. POLICY is ghost (the bug), go_compatible or prompt (the cure). With
// OBSERVED the map tells RetSan's runtime of its migrations.

#include "retsan/map/incremental_map.h"

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>

using Routes = retsan::incremental_map<
    std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
    std::equal_to<std::uint64_t>,
    std::allocator<std::pair<const std::uint64_t, std::uint64_t>>,
    retsan::policy::POLICY,
#ifdef OBSERVED
    retsan::runtime_observer
#else
    retsan::null_observer
#endif
    >;

int main() {
  static Routes Table;
  std::uint64_t Sum = 0;
  for (std::uint64_t I = 0; I != 20'000; ++I)
    Table[I * 7] = I;
  for (int Round = 0; Round != 20; ++Round)
    for (std::uint64_t I = 0; I != 20'000; ++I)
      Sum += Table.find(I * 7)->second;
  std::printf("%llu\n", static_cast<unsigned long long>(Sum));
}
