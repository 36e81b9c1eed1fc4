// Which servers are ours, and which of them no report may go to. Method: the names of the hosts
// file.
#include "common/upkeep/own_places.hpp"

#include <gtest/gtest.h>

#include "tests/component/http/loop.hpp"

namespace pinwire::upkeep {
namespace {

using servers = std::vector<server_name>;

config::settings settings_of(const std::string& bootstrap, const std::string& conninfo) {
    config::settings made;
    made.kafka.bootstrap_servers = bootstrap;
    made.postgres.conninfo = conninfo;
    return made;
}

servers of(const std::string& bootstrap, const std::string& conninfo) {
    return servers_of(settings_of(bootstrap, conninfo));
}

TEST(OwnPlaces, AreReadFromTheConfiguration) {
    EXPECT_EQ(of("k1:9092,[2001:db8::7]:9093", ""), (servers{{"k1", 9092}, {"2001:db8::7", 9093}}));
    EXPECT_EQ(of("", "host=db dbname=pinwire"), (servers{{"db", 5432}}));
    EXPECT_EQ(of("", "host=a,b port=5433"), (servers{{"a", 5433}, {"b", 5433}}));
    EXPECT_EQ(of("", "host=a,b port=5433,5434"), (servers{{"a", 5433}, {"b", 5434}}));
    EXPECT_EQ(of("", "host=a hostaddr=10.0.0.7"), (servers{{"10.0.0.7", 5432}}));
    EXPECT_EQ(of("", "host=a,b hostaddr=,10.0.0.7"), (servers{{"a", 5432}, {"10.0.0.7", 5432}}));
    EXPECT_EQ(of("", "host=/var/run/postgresql dbname=pinwire"), servers{});
    EXPECT_EQ(of("", "dbname=pinwire"), servers{});
}

TEST(OwnPlaces, AreDoorsAndWhereNotOnLoopbackAddresses) {
    http::test::loop on;
    own_places known(on.context, settings_of("localhost:9092", "host=10.0.0.7,::ffff:10.0.0.8"));
    EXPECT_FALSE(known.known());
    on.run([](own_places& of) -> awaitable<bool> {
        co_await of.look();
        co_return true;
    }(known));
    const auto got = known.known();
    ASSERT_TRUE(got);
    const auto seven = *ip_address::parse("10.0.0.7");
    const auto eight = *ip_address::parse("10.0.0.8");
    EXPECT_EQ(got->addresses, (std::vector<ip_address>{seven, eight}));
    const auto has = [&](const door& one) {
        return std::find(got->doors.begin(), got->doors.end(), one) != got->doors.end();
    };
    EXPECT_TRUE(has({*ip_address::parse("127.0.0.1"), 9092}));
    EXPECT_TRUE(has({seven, 5432}));
    EXPECT_TRUE(has({eight, 5432}));
}

TEST(OwnPlaces, StayTheSameValueWhileNothingChanges) {
    http::test::loop on;
    own_places known(on.context, settings_of("localhost:9092", ""));
    const auto look = [&] {
        on.run([](own_places& of) -> awaitable<bool> {
            co_await of.look();
            co_return true;
        }(known));
        return known.known();
    };
    const auto first = look();
    EXPECT_EQ(look(), first);
}

}  // namespace
}  // namespace pinwire::upkeep
