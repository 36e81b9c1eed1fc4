// The fuzz targets' rules over what is at hand: every golden file of the carriers, line by line and
// whole, given to every kind, then cut and with bytes changed.
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/fuzz/carrier_harness.hpp"
#include "tests/golden/golden.hpp"

namespace pinwire::carriers {
namespace {

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (const auto& file : std::filesystem::directory_iterator(golden::path_of("carriers"))) {
        auto text = golden::read("carriers/" + file.path().filename().string());
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            all.push_back(text.substr(at, end - at));
            // "200 {...}": the answer behind its status.
            if (end > at + 4 && text[at + 3] == ' ')
                all.push_back(text.substr(at + 4, end - at - 4));
            at = end + 1;
        }
        all.push_back(std::move(text));
    }
    return all;
}

std::string changed(std::string text, std::mt19937& draws) {
    if (text.empty()) return text;
    std::uniform_int_distribution<std::size_t> place(0, text.size() - 1);
    std::uniform_int_distribution<int> byte(0, 255);
    if (byte(draws) < 64) text.resize(place(draws));
    for (int left = byte(draws) % 4; left > 0 && !text.empty(); --left)
        text[place(draws) % text.size()] = static_cast<char>(byte(draws));
    return text;
}

TEST(CarrierFuzzSeeds, BreakNoRuleWholeOrDamaged) {
    std::mt19937 draws(5);
    const auto count = harness::all_carriers().size();
    const auto all = seeds();
    EXPECT_GT(all.size(), 100u);
    for (const auto& seed : all) {
        for (std::size_t which = 0; which < count; ++which) {
            for (int round = 0; round < 6; ++round) {
                const auto text = round == 0 ? seed : changed(seed, draws);
                const std::string start{static_cast<char>(which), static_cast<char>(draws() % 8)};
                harness::feed_report(start + text);
                harness::feed_answer(start + static_cast<char>(draws() % 13) + text);
            }
        }
    }
}

}  // namespace
}  // namespace pinwire::carriers
