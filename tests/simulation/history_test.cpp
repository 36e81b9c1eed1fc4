// Histories of jobs by the hundred thousand; PINWIRE_MODEL_HISTORIES=N runs so many,
// PINWIRE_MODEL_SEED=N that one alone and says all that happened in it. A failing seed is printed
// with the shortest history that shows it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/simulation/history.hpp"

namespace pinwire::simulation {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::int64_t histories_usual = 20'000;  // each takes several times as long
#else
constexpr std::int64_t histories_usual = 100'000;
#endif

std::int64_t number_of(const char* name, std::int64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atoll(text);
}

// The fewest events with faults among them after which the promise is still broken.
std::string shortest(history_options of, int troubled) {
    rarities ignored{};
    for (int n = 0; n <= troubled; ++n) {
        of.events_max = n;
        if (!run_history(of, ignored).breach.empty()) break;
    }
    of.trace = true;
    const auto found = run_history(of, ignored);
    std::string text = found.breach + "\n";
    for (const auto& line : found.trace)
        text += "  " + line + "\n";
    return text;
}

// True: all promises were kept.
bool keeps_all(const history_options& of, rarities& seen) {
    const auto end = run_history(of, seen);
    if (end.breach.empty()) return true;
    ADD_FAILURE() << end.breach << "\nPINWIRE_MODEL_SEED=" << of.seed
                  << " repeats it: " << shortest(of, end.troubled);
    return false;
}

TEST(History, KeepsThePromises) {
    rarities seen{};
    history_options of;
    if (const auto only = number_of("PINWIRE_MODEL_SEED", 0)) {
        of.seed = static_cast<std::uint64_t>(only);
        of.trace = true;
        for (const auto& line : run_history(of, seen).trace)
            fmt::print("{}\n", line);
        keeps_all(of, seen);
        return;
    }
    const auto histories = number_of("PINWIRE_MODEL_HISTORIES", histories_usual);
    for (int broken = 0; of.seed <= static_cast<std::uint64_t>(histories) && broken < 3; ++of.seed)
        broken += keeps_all(of, seen) ? 0 : 1;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_GT(seen[i], 0) << "never happened: " << name_of(static_cast<rare>(i));
        RecordProperty(name_of(static_cast<rare>(i)), std::to_string(seen[i]));
    }
}

// Without one of its rules two messages leave, and the observer says so.
TEST(History, SeesADoubleSend) {
    rarities ignored{};
    history_options of;
    of.passes_by_what_is_sent = true;
    std::string breach;
    for (; breach.empty() && of.seed < 100'000; ++of.seed)
        breach = run_history(of, ignored).breach;
    EXPECT_EQ(breach.substr(0, 3), "P2:");
}

}  // namespace
}  // namespace pinwire::simulation
