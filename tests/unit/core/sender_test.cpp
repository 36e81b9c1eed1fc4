#include "common/core/sender.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(Sender, TakesElevenCharactersOrFifteenDigits) {
    for (const auto* text :
         {"A", "Acme", "Acme Ltd 24", "ABCDEFGHIJK", "1", "123456789012345", "7UP"})
        EXPECT_TRUE(is_sender(text)) << text;
}

TEST(Sender, RefusesEverythingElse) {
    for (const auto* text :
         {"",
          " ",
          "12 34",
          "ABCDEFGHIJKL",
          "1234567890123456",
          "12345678901A",
          "+447700900123",
          "Acme!",
          "Ac\nme",
          " Acme",
          "Acme ",
          "Añb"})
        EXPECT_FALSE(is_sender(text)) << text;
}

}  // namespace
}  // namespace pinwire
