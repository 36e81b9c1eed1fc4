// The screen of `pinwire top`, against golden files.
#include "cli/top/json.hpp"
#include "cli/top/screen.hpp"
#include "tests/golden/golden.hpp"
#include "tests/integration/cli/top_samples.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

picture well() {
    const auto before = well_look(10s);
    return make_picture(&before, well_look(12s));
}

picture sick() {
    const auto before = well_look(10s);
    return make_picture(&before, sick_look());
}

void expect_fits(const screen& made, screen_size size) {
    EXPECT_LE(made.size(), static_cast<std::size_t>(size.rows));
    for (const auto& line : made) {
        EXPECT_LE(line.text.size(), static_cast<std::size_t>(size.columns)) << line.text;
        for (const char c : line.text)
            EXPECT_TRUE(c >= ' ' && c <= '~') << line.text;
    }
}

std::string drawn(const picture& of, screen_size size) {
    const auto made = make_screen(of, sample_installation(), size);
    expect_fits(made, size);
    return plain_text(made);
}

TEST(TopScreen, ShowsAnInstallationThatIsWell) {
    golden::expect("cli/top_well.txt", drawn(well(), {80, 24}));
}

TEST(TopScreen, SaysFirstWhatIsWrong) {
    golden::expect("cli/top_trouble.txt", drawn(sick(), {80, 24}));
    golden::expect("cli/top_trouble_wide.txt", drawn(sick(), {160, 50}));
}

TEST(TopScreen, FoldsAndCutsForANarrowTerminal) {
    golden::expect("cli/top_narrow.txt", drawn(sick(), {40, 30}));
}

TEST(TopScreen, CutsNothingForAFile) {
    auto now = sick_look();
    auto many = sample_installation();
    const std::string name(30, 'r');
    for (int i = 0; i < 30; ++i)
        many.tps[route_name(name + std::to_string(i))] = 5;
    const auto before = well_look(10s);
    const auto of = make_picture(&before, now);
    const auto text = plain_text(make_screen(of, many, unbounded));
    for (const auto& one : of.troubles)
        EXPECT_NE(text.find(one.text + "\n"), std::string::npos) << one.text;
    for (int i = 0; i < 30; ++i)
        EXPECT_NE(text.find(name + std::to_string(i) + " "), std::string::npos) << i;
    EXPECT_NE(text.find("https://a-name-that-is-rather-long.customer.example:8443 "), text.npos);
    EXPECT_EQ(text.find("~\n"), std::string::npos) << text;
}

TEST(TopScreen, ShowsAnEmptyInstallation) {
    look empty;
    empty.at = wall_point(1'790'000'000s);
    database_look database;
    database.view.now = empty.at;
    empty.database.what = database;
    empty.kafka.what = kafka_look{{}, {"pin.jobs", std::nullopt}, {"pin.dlrs", std::nullopt}};
    golden::expect("cli/top_empty.txt", drawn(make_picture(&empty, empty), {80, 24}));
}

TEST(TopScreen, GoesOnWithoutDatabaseAndKafka) {
    const auto before = well_look(10s);
    auto now = well_look(12s);
    now.database = {};
    now.database.error = "connection to server at \"10.0.0.5\" failed:\n\tConnection refused\n";
    now.kafka = {};
    now.kafka.error = "Local: Broker transport failure";
    golden::expect("cli/top_away.txt", drawn(make_picture(&before, now), {80, 24}));
}

TEST(TopScreen, FitsAnySize) {
    for (int columns = 1; columns < 130; columns += 7)
        for (int rows = 1; rows < 40; rows += 3)
            drawn(sick(), {columns, rows});
}

TEST(TopScreen, SharesWhatRoomThereIsBetweenRoutesAndEndpoints) {
    auto now = well_look(12s);
    auto many = sample_installation();
    for (int i = 0; i < 30; ++i)
        many.tps[route_name("route-" + std::to_string(i))] = 5;
    const auto one = now.database.what->endpoints.front();
    now.database.what->endpoints.assign(20, one);
    const auto text = plain_text(make_screen(make_picture(nullptr, now), many, {80, 24}));
    EXPECT_NE(text.find("of 33)"), std::string::npos) << text;
    EXPECT_NE(text.find("of 20)"), std::string::npos) << text;
}

TEST(TopScreen, DrawsOverWhatStoodThere) {
    screen made{{"title", line_style::heading}, {"bad", line_style::grave}, {"rest"}};
    EXPECT_EQ(
        ansi_text(made), "\x1b[H\x1b[K\x1b[1mtitle\x1b[0m\r\n\x1b[K\x1b[7mbad\x1b[0m\r\n\x1b[Jrest"
    );
}

TEST(TopJson, IsWhatTheScreenShows) {
    golden::expect(
        "cli/top_trouble.json", picture_json(sick(), sample_installation()).dump(1) + "\n"
    );
    look away;
    away.database.error = "away";
    const auto made = picture_json(make_picture(nullptr, away), {});
    EXPECT_TRUE(made["backlog"].is_null());
    EXPECT_TRUE(made["lag"].is_null());
    EXPECT_TRUE(made["per_second"]["jobs_in"].is_null());
    EXPECT_EQ(made["sources"]["postgres"]["error"], "away");
}

}  // namespace
}  // namespace pinwire::cli
