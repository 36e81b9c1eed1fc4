// One test over every carrier's error table: what the table says, what read_answer does and what
// docs/carriers.md shows are the same.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "common/carriers/wire.hpp"
#include "tests/unit/carriers/error_samples.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers {
namespace {

using samples::text_of;

// Every carrier on every channel that it can do.
template <class Check>
void for_each_table(Check check) {
    for (const std::string& kind : known_kinds()) {
        const auto carrier = samples::carrier_of(kind);
        for (const auto on : {channel::sms, channel::voice})
            if (carrier->can(on)) check(*carrier, on);
    }
}

std::string label_of(const carrier& carrier, channel on) {
    return carrier.config().kind + (on == channel::sms ? ", sms" : ", voice");
}

TEST(ErrorTables, EveryRowIsWhatReadAnswerSays) {
    for_each_table([](const carrier& carrier, channel on) {
        for (const error_class& row : carrier.error_table(on)) {
            const auto at = label_of(carrier, on) + ": " + std::string(row.says);
            const auto given = samples::answer_saying(carrier.config().kind, row, on);
            ASSERT_TRUE(given) << at << " has no sample";
            const auto said = carrier.read_answer(*given, on);
            EXPECT_EQ(text_of(said.verdict), text_of(row.verdict)) << at;
            EXPECT_EQ(said.duplicate, row.duplicate) << at;
            if (row.verdict == verdict::sent)
                EXPECT_EQ(said.error, "") << at;
            else
                EXPECT_TRUE(
                    said.error == row.word || said.error.starts_with(std::string(row.word) + "(")
                ) << at
                  << " gives " << said.error;
        }
    });
}

TEST(ErrorTables, NoTwoRowsSayTheSame) {
    for_each_table([](const carrier& carrier, channel on) {
        std::set<std::pair<unsigned, std::string_view>> seen;
        for (const error_class& row : carrier.error_table(on)) {
            const auto at = label_of(carrier, on) + ": " + std::string(row.says);
            EXPECT_TRUE(seen.emplace(row.status, row.says).second) << at;
            EXPECT_TRUE(row.verdict == verdict::sent || !row.word.empty()) << at;
            EXPECT_TRUE(row.verdict == verdict::sent || !row.duplicate) << at;
        }
    });
}

TEST(ErrorTables, TheStatusDecidesWhereNoRowSpeaks) {
    for_each_table([](const carrier& carrier, channel on) {
        for (unsigned status = 200; status < 600; ++status) {
            http_response given;
            given.status = status;
            const auto said = carrier.read_answer(given, on);
            EXPECT_EQ(text_of(said.verdict), text_of(wire::verdict_of_status(status)))
                << label_of(carrier, on) << ": " << status;
            EXPECT_NE(said.error.find(std::to_string(status)), std::string::npos);
        }
    });
}

// What is not a refusal by its status can never be read as "surely not sent" from an empty body.
TEST(ErrorTables, TheStatusTableCoversEveryStatusOnce) {
    const auto rows = wire::status_table();
    EXPECT_EQ(rows.back().first, 0u);
    EXPECT_EQ(rows.back().verdict, verdict::in_doubt);
    for (unsigned status = 500; status < 600; ++status)
        EXPECT_EQ(wire::verdict_of_status(status), verdict::in_doubt) << status;
    for (unsigned status = 200; status < 300; ++status)
        EXPECT_EQ(wire::verdict_of_status(status), verdict::in_doubt) << status;
}

std::string shown(verdict said, bool duplicate) {
    switch (said) {
        case verdict::sent:
            return duplicate ? "proof of an earlier acceptance" : "sent";
        case verdict::not_sent_next:
            return "surely not sent: next route";
        case verdict::not_sent_later:
            return "surely not sent: here, later";
        case verdict::not_sent_final:
            return "surely not sent: final";
        case verdict::in_doubt:
            break;
    }
    return "in doubt";
}

// The table as the page has it; the test's failure shows what to paste.
std::string table_of(std::span<const error_class> rows) {
    std::string text = "| answer | says | we say | class |\n|---|---|---|---|\n";
    for (const error_class& row : rows) {
        const bool took = row.verdict == verdict::sent;
        text += "| " + std::to_string(row.status) + " | `" + std::string(row.says) + "` | " +
                (took ? std::string() : "`" + std::string(row.word) + "` ") + "| " +
                shown(row.verdict, row.duplicate) + " |\n";
    }
    return text;
}

std::string table_of(std::span<const wire::status_class> rows) {
    std::string text = "| status | class |\n|---|---|\n";
    for (const wire::status_class& row : rows) {
        std::string which = std::to_string(row.first);
        if (row.last != row.first) which += " to " + std::to_string(row.last);
        if (row.first == 0) which = "any other";
        text += "| " + which + " | " + shown(row.verdict, false) + " |\n";
    }
    return text;
}

TEST(ErrorTables, ThePageShowsTheSameRows) {
    std::ifstream file(std::string(PINWIRE_SOURCE_DIR) + "/docs/carriers.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    const auto expect = [&page](const std::string& what, const std::string& table) {
        EXPECT_NE(page.find("\n\n" + table + "\n"), std::string::npos)
            << "docs/carriers.md lacks this table (" << what << "):\n"
            << table;
    };
    expect("statuses", table_of(wire::status_table()));
    for_each_table([&expect](const carrier& carrier, channel on) {
        if (carrier.config().kind == "http") return;  // its table is the operator's
        expect(label_of(carrier, on), table_of(carrier.error_table(on)));
    });
}

}  // namespace
}  // namespace pinwire::carriers
