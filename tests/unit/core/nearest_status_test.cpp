#include "common/core/nearest_status.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(NearestStatus, KnowsTheCommonWordsInAnyCase) {
    EXPECT_EQ(nearest_status("delivered"), dlr_status::delivrd);
    EXPECT_EQ(nearest_status("Delivrd"), dlr_status::delivrd);
    EXPECT_EQ(nearest_status("Undelivered"), dlr_status::undeliv);
    EXPECT_EQ(nearest_status("EXPIRED"), dlr_status::expired);
    EXPECT_EQ(nearest_status("cancelled"), dlr_status::deleted);
    EXPECT_EQ(nearest_status("rejected"), dlr_status::rejectd);
    EXPECT_EQ(nearest_status("en_route"), dlr_status::enroute);
}

TEST(NearestStatus, KnowsEachStatusByItsOwnWord) {
    for (int i = 1; i <= 8; ++i) {
        const auto status = static_cast<dlr_status>(i);
        EXPECT_EQ(nearest_status(to_string(status)), status) << to_string(status);
    }
}

TEST(NearestStatus, GuessesNothingFromAWordThatOnlyHoldsOne) {
    for (const char* word :
         {"", "NOT_DELIVERED", "DELIVERED?", "DELIVERED_TO_SMSC", "delivrd1", "8"})
        EXPECT_EQ(nearest_status(word), dlr_status::acceptd) << word;
}

TEST(NearestStatus, EndsNothingForAWordThatNobodyKnows) {
    EXPECT_FALSE(is_final(nearest_status("PONDERING")));
}

}  // namespace
}  // namespace pinwire
