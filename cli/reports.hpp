// `pinwire reports list|show|replay|test`: final reports that are kept, what each said, and sending
// them again: singly, under their own id, at a bounded rate. A replay is a dry run until --yes is
// said; its schedule stands in the table, so it goes on when the command has ended.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "cli/connect.hpp"
#include "common/postgres/endpoints.hpp"

namespace pinwire::cli {

struct report_filter {
    std::string account;         // empty: of any
    std::string endpoint;        // a URL, whose origin counts; empty: any
    std::string since = "24h";   // a time, or that long ago
    std::string until;           // the same; empty: now
    std::string state = "dead";  // dead, delivered, waiting (list) or all (replay)
};

struct report_list_options {
    database_options database;
    report_filter filter;
    int limit = 100;
};

struct report_show_options {
    database_options database;
    std::string id;
    bool unmask = false;
};

struct report_replay_options {
    database_options database;
    std::string id;  // of one; empty: by the filter
    report_filter filter;
    int rate = 10;  // a second
    bool yes = false;
};

struct report_test_options {
    database_options database;
    std::string url;
    std::string account;
    std::string format = "standard";
};

exit_code list_reports(const common_options&, const report_list_options&);
exit_code show_report(const common_options&, const report_show_options&);
exit_code replay(const common_options&, const report_replay_options&);
// Puts back what was given up because the endpoint was disabled, before `until`, or disabled it by
// 410. Returns how many.
std::int64_t replay_disabled(
    postgres::session&, const postgres::endpoint_name&, postgres::time_point until, int rate
);
// A signed report of no job to that URL, marked as a test. ok: the endpoint took it.
exit_code test_report(const common_options&, const report_test_options&);
// The same, with the header that is set for the endpoint.
exit_code test_endpoint(const common_options&, const report_test_options&);

}  // namespace pinwire::cli
