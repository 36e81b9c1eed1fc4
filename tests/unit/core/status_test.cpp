#include "common/core/status.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace pinwire {
namespace {

template <class Status>
std::vector<Status> all(int last) {
    std::vector<Status> values;
    for (int i = 1; i <= last; ++i)
        values.push_back(static_cast<Status>(i));
    return values;
}

TEST(Status, EveryWordReadsBackToItself) {
    for (const auto status : all<nc_status>(4))
        EXPECT_EQ(parse_nc_status(to_string(status)), status);
    for (const auto status : all<sms_status>(2))
        EXPECT_EQ(parse_sms_status(to_string(status)), status);
    for (const auto status : all<call_status>(12))
        EXPECT_EQ(parse_call_status(to_string(status)), status);
    for (const auto status : all<dlr_status>(8))
        EXPECT_EQ(parse_dlr_status(to_string(status)), status);
}

TEST(Status, IsSpelledAsTheDialectsSpellIt) {
    EXPECT_EQ(to_string(nc_status::not_reachable), "NC_DESTINATION_NOT_REACHABLE");
    EXPECT_EQ(to_string(sms_status::not_sent), "MESSAGE_NOT_SENT");
    EXPECT_EQ(to_string(call_status::error_user_busy), "ERROR_USER_BUSY");
    EXPECT_EQ(to_string(dlr_status::delivrd), "DELIVRD");
    EXPECT_EQ(to_string(attempt_state::in_doubt), "in_doubt");
    EXPECT_FALSE(parse_nc_status("NC_NOT_REACHABLE"));  // a slip of the document
    EXPECT_FALSE(parse_dlr_status("DELIVERED"));
    EXPECT_FALSE(parse_dlr_status(""));
    EXPECT_EQ(to_string(static_cast<dlr_status>(99)), "?");
}

// The statuses of DESIGN, section 4, lowest first.
const std::vector<std::string_view> delivery_order{
    "ACCEPTD", "ENROUTE", "UNKNOWN", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "DELIVRD"};
const std::vector<std::string_view> call_order{
    "PENDING_ACCEPTED",
    "PROCESSING",
    "UNDEFINED",
    "ERROR",
    "BAD_REQUEST",
    "ERROR_ROUTE_NOT_AVAILABLE",
    "ERROR_NETWORK_NOT_AVAILABLE",
    "ERROR_NOT_ENOUGH_CREDITS",
    "ERROR_NO_ANSWER",
    "ERROR_USER_BUSY",
    "ANSWERED_MACHINE",
    "PROCESSED"};

template <class Status, class Parse>
void expect_lattice(const std::vector<std::string_view>& order, Parse parse) {
    for (std::size_t low = 0; low < order.size(); ++low) {
        const Status lower = *parse(order[low]);
        EXPECT_EQ(fold(std::optional<Status>(), lower), lower);
        for (std::size_t high = low; high < order.size(); ++high) {
            const Status higher = *parse(order[high]);
            EXPECT_EQ(fold(std::optional(lower), higher), higher);
            EXPECT_EQ(fold(std::optional(higher), lower), higher) << order[low] << order[high];
        }
    }
}

TEST(Status, FoldsToTheHigherWhateverTheOrderOfNews) {
    expect_lattice<dlr_status>(delivery_order, parse_dlr_status);
    expect_lattice<call_status>(call_order, parse_call_status);
}

TEST(Status, DeliveryIsFinalFromUnknownOn) {
    for (const auto status : all<dlr_status>(8))
        EXPECT_EQ(is_final(status), status >= dlr_status::unknown) << to_string(status);
}

TEST(Status, ACallIsFinalExactlyWhenItsDeliveryIs) {
    for (const auto status : all<call_status>(12))
        EXPECT_EQ(is_final(status), is_final(delivery_of(status))) << to_string(status);
    EXPECT_FALSE(is_final(call_status::processing));
    EXPECT_TRUE(is_final(call_status::error_no_answer));
}

TEST(Status, ACallMeansForDeliveryWhatTheDesignSays) {
    EXPECT_EQ(delivery_of(call_status::pending_accepted), dlr_status::enroute);
    EXPECT_EQ(delivery_of(call_status::processing), dlr_status::enroute);
    EXPECT_EQ(delivery_of(call_status::undefined), dlr_status::unknown);
    EXPECT_EQ(delivery_of(call_status::processed), dlr_status::delivrd);
    for (int i = 4; i <= 11; ++i)
        EXPECT_EQ(delivery_of(static_cast<call_status>(i)), dlr_status::undeliv) << i;
}

}  // namespace
}  // namespace pinwire
