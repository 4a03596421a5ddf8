#include "training/process_group.h"

#include <fstream>

#include "base/process.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/training/processes.h"
#include "training/gradient_sum.h"
#include "training/row_merge.h"

namespace zoo {
namespace {

using testing::HasSubstr;

TEST(ProcessGroup, AddsUpCopiesAndGathers) {
  with_group(3, [](ProcessGroup& group) {
    const auto own = static_cast<float>(group.rank() + 1);
    const auto tensor = torch::full({2, 5}, own);
    group.sum(tensor);
    EXPECT_TRUE(torch::equal(tensor, torch::full({2, 5}, 6.0F)));
    const auto rows = torch::full({4, 3}, group.rank(), torch::kInt64);
    group.copy_from_leader(rows.narrow(1, 0, 2));  // part of each row
    EXPECT_EQ(rows.sum().item<std::int64_t>(), 4 * group.rank());
    const auto flag = torch::full({}, group.leads(), torch::kBool);
    group.copy_from_leader(flag);
    EXPECT_TRUE(flag.item<bool>());
    const auto all = group.gather(torch::full({2}, own));
    ASSERT_EQ(all.size(), 3u);
    for (int rank = 0; rank < 3; ++rank) EXPECT_EQ(all[static_cast<std::size_t>(rank)][1].item<float>(), rank + 1);
  });
}

TEST(ProcessGroup, GivesTextsOfTheLeaderToAll) {
  with_group(2, [](ProcessGroup& group) {
    const std::string text("a\0b\xff", 4);
    EXPECT_EQ(group.from_leader(group.leads() ? text : "mine"), text);
    EXPECT_EQ(group.from_leader(""), "");
    EXPECT_EQ(group.from_leader(group.leads() ? std::string(100'000, 'x') : ""), std::string(100'000, 'x'));
  });
}

/// Bytes that this process has written to files and sockets, as the kernel counts them.
double bytes_written() {
  std::ifstream file("/proc/self/io");
  double bytes = -1;
  for (std::string name; file >> name >> bytes;) {
    if (name == "wchar:") return bytes;
  }
  return -1;
}

TEST(ProcessGroup, SendsAsManyBytesAsARingShould) {
  if (bytes_written() < 0) GTEST_SKIP() << "the kernel does not count (/proc/self/io)";
  for (const int processes : {2, 3, 4}) {
    const std::int64_t elements = 600'000;
    double counted = 0;
    with_group(processes, [&](ProcessGroup& group) {
      const auto tensor = torch::ones({elements});
      group.sum(tensor);
      group.meet();
      const auto before = bytes_written();
      const auto sent_before = group.bytes_sent();
      group.meet();
      for (int i = 0; i < 5; ++i) group.sum(tensor);
      group.meet();
      if (group.leads()) counted = bytes_written() - before;
      const auto expected = 5 * 2.0 * (processes - 1) / processes * 4 * static_cast<double>(elements);
      EXPECT_DOUBLE_EQ(group.bytes_sent() - sent_before, expected);
    });
    const auto expected = processes * 5 * 2.0 * (processes - 1) / processes * 4 * static_cast<double>(elements);
    EXPECT_NEAR(counted / expected, 1, 0.02) << processes << " processes";
  }
}

TEST(ProcessGroup, SaysThatAPortIsInUse) {
  const TakenPort port;
  const auto said = error_of([&] { ProcessGroup(place_on_this_machine(0, 2, port.port()), 5); });
  EXPECT_THAT(said, HasSubstr(fmt::format("MASTER_PORT: {} is in use", port.port())));
}

TEST(ProcessGroup, WaitsNoLongerThanItIsTold) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of([] { ProcessGroup(place_on_this_machine(0, 2, free_port()), 2); }),
              HasSubstr("waited 2 s for all 2 processes"));
  EXPECT_THAT(error_of([] { ProcessGroup(place_on_this_machine(1, 2, free_port()), 2); }),
              HasSubstr("look whether rank 0 runs"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(ProcessGroup, SaysThatAnotherIsGone) {
  const auto port = free_port();
  std::thread other([&] { ProcessGroup leaves(place_on_this_machine(1, 2, port), 60); });
  ProcessGroup group(place_on_this_machine(0, 2, port), 60);
  other.join();
  EXPECT_THAT(error_of([&] { group.sum(torch::ones({100'000})); }),
              HasSubstr("rank 0: another of the 2 processes is gone"));
}

TEST(GradientSum, AddsGradientsAndLeavesUnusedOnesAlone) {
  with_group(2, [](ProcessGroup& group) {
    const auto rank = static_cast<float>(group.rank());
    Parts parameters;
    for (const auto* name : {"both", "one", "none"}) {
      parameters.emplace_back(name, torch::ones({300, 7}, torch::requires_grad()));
    }
    const Tensor both = parameters[0].second, one = parameters[1].second, none = parameters[2].second;
    GradientSum sum(group, parameters);
    for (int step = 0; step < 3; ++step) {
      (both * (rank + 1)).sum().backward();  // stays with this process until the next
      auto loss = (both * (rank + 1)).sum();
      if (group.leads()) loss = loss + one.sum() * 5;
      sum.backward(loss);
      EXPECT_TRUE(torch::equal(both.grad(), torch::full({300, 7}, 6.0F)));
      EXPECT_TRUE(torch::equal(one.grad(), torch::full({300, 7}, 5.0F)));
      EXPECT_FALSE(none.grad().defined());
      for (auto& [name, parameter] : parameters) parameter.mutable_grad().reset();
    }
  });
}

TEST(RowMerge, AddsWhatDiffersAndDampsWhatIsTheSame) {
  with_group(2, [](ProcessGroup& group) {
    const auto padded = torch::zeros({5, 8});
    const auto matrix = padded.narrow(1, 0, 2);  // [5, 2] rows of 8
    RowMerge rows(group, {matrix});
    const auto set = [&](int row, float x, float y) { matrix[row].copy_(torch::tensor({x, y})); };
    set(0, group.leads() ? 1 : 0, group.leads() ? 0 : 2);  // at right angles: their sum
    if (group.leads()) set(1, 7, 7);                       // one alone: all of it
    set(2, 4, 0);                                          // the same: 1.5 times the mean
    set(3, group.leads() ? 3 : -3, 0);                     // against each other: nothing
    rows.merge();
    EXPECT_TRUE(
        torch::allclose(matrix, torch::tensor({{1.0F, 2.0F}, {7.0F, 7.0F}, {6.0F, 0.0F}, {0.0F, 0.0F}, {0.0F, 0.0F}})))
        << matrix;
    matrix[2].add_(group.leads() ? 1 : 0);  // from where all stand now
    rows.merge();
    EXPECT_TRUE(torch::allclose(matrix[2], torch::tensor({7.0F, 1.0F}))) << matrix;
    EXPECT_EQ(padded.narrow(1, 2, 6).abs().sum().item<float>(), 0);
  });
}

TEST(GlooByName, LeavesNothingOfGloosInTheProgram) {
  const auto symbols = run_process({"sh", "-c", "nm -C --defined-only '" + ZOO_BIN_DIR "/zoo-train' | cut -d' ' -f3-"});
  if (symbols.exit_status != 0 || symbols.output.empty()) GTEST_SKIP() << "no nm here";
  for (const auto* name : {"\ngloo::", "vtable for gloo::", "typeinfo for gloo::", "GlooStore"}) {
    EXPECT_EQ(symbols.output.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace zoo
