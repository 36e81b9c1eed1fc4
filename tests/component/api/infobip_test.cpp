// Each example and each error of the documents, in both versions, to the byte: one test for each
// file of golden conversations.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/component/api/infobip_conversation.hpp"
#include "tests/golden/golden.hpp"

namespace pinwire::api::test {
namespace {

std::vector<std::string> conversations() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(golden::path_of("api/infobip"))) {
        if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
    }
    std::ranges::sort(names);
    return names;
}

class InfobipConversation : public testing::TestWithParam<std::string> {};

TEST_P(InfobipConversation, GoesAsWritten) {
    infobip_conversation with;
    with.play(golden::read("api/infobip/" + GetParam() + ".txt"));
}

INSTANTIATE_TEST_SUITE_P(
    Golden,
    InfobipConversation,
    testing::ValuesIn(conversations()),
    [](const auto& what) {
        std::string name = what.param;
        std::ranges::replace(name, '-', '_');
        return name;
    }
);

}  // namespace
}  // namespace pinwire::api::test
