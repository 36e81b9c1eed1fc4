// Until when a report is this process's own, whatever came between it and the database.
#include "callback/leases.hpp"

#include <gtest/gtest.h>

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

const leases::time_point start{std::chrono::hours(500'000)};

report_id id(std::uint8_t number) {
    std::array<std::uint8_t, 16> bytes{};
    bytes[15] = number;
    return report_id(bytes);
}

postgres::report_row row(std::uint8_t number, std::optional<leases::time_point> until) {
    postgres::report_row made;
    made.id = id(number);
    made.lease_until = until;
    return made;
}

parcel parcel_of(std::vector<postgres::report_row> rows) {
    parcel made;
    made.reports = std::move(rows);
    return made;
}

TEST(Leases, StandUntilTheyAreOver) {
    leases held;
    held.take(row(1, start + 60s));
    const auto what = parcel_of({row(1, {})});
    EXPECT_TRUE(held.stand(what, start + 59s));
    EXPECT_FALSE(held.stand(what, start + 60s));
}

TEST(Leases, OfAParcelAllMustStand) {
    leases held;
    held.take(row(1, start + 60s));
    held.take(row(2, start + 30s));
    EXPECT_TRUE(held.stand(parcel_of({row(1, {}), row(2, {})}), start));
    EXPECT_FALSE(held.stand(parcel_of({row(1, {}), row(2, {})}), start + 30s));
    EXPECT_FALSE(held.stand(parcel_of({row(1, {}), row(3, {})}), start)) << "never taken";
}

TEST(Leases, WithoutAnEndNothingStands) {
    leases held;
    held.take(row(1, std::nullopt));
    EXPECT_TRUE(held.in_hand(id(1)));
    EXPECT_FALSE(held.stand(parcel_of({row(1, {})}), start));
}

TEST(Leases, CountFromWhenTheDatabaseWasAsked) {
    leases held;
    held.take(row(1, start + 60s));
    held.renewed({id(1)}, start + 15s, start + 20s, 60s);
    EXPECT_TRUE(held.stand(parcel_of({row(1, {})}), start + 74s));
    EXPECT_FALSE(held.stand(parcel_of({row(1, {})}), start + 75s));
}

TEST(Leases, ThatRanOutBeforeTheAnswerCameAreNotBelieved) {
    leases held;
    held.take(row(1, start + 60s));
    held.renewed({id(1)}, start + 59s, start + 60s, 60s);
    EXPECT_FALSE(held.stand(parcel_of({row(1, {})}), start + 61s));
    held.take(row(1, start + 130s));  // it was free, and the table gave it once more
    EXPECT_TRUE(held.stand(parcel_of({row(1, {})}), start + 61s));
}

TEST(Leases, AreForgottenWithTheReport) {
    leases held;
    held.take(row(1, start + 60s));
    held.let_go(id(1));
    held.renewed({id(1)}, start, start, 60s);
    EXPECT_EQ(held.size(), 0U);
    EXPECT_TRUE(held.ids().empty());
}

}  // namespace
}  // namespace pinwire::callback
