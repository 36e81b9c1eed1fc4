// The mirror and a real PostgreSQL side by side: each call goes to both, through the product's own
// statements, and afterwards all rows have to be the same, and the answers too. clock_timestamp()
// is the twin's in this database: a schema before pg_catalog has one that says what it is told.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "common/postgres/claims.hpp"
#include "common/postgres/plans.hpp"
#include "common/postgres/reports.hpp"
#include "common/postgres/sends.hpp"
#include "common/postgres/session.hpp"
#include "common/postgres/settles.hpp"
#include "tests/support/mirror/mirror.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace pinwire::mirror {

class twin {
public:
    twin();
    ~twin();

    // Both are empty again; two partitions of pin.dlrs, of which none was read.
    void clear();
    // What clock_timestamp() says from now on.
    void set(moment);
    moment now() const { return now_; }
    tables& rows() { return rows_; }

    // Each does it on both sides. False: the answers differ, and difference() says how.
    bool claim(int epoch, const std::vector<claim_row>&);
    bool start(int epoch, const start_row&);
    bool record(int epoch, const std::vector<record_row>&);
    bool take_waiting(int epoch, const waiting_query&);
    bool take_over(int epoch, mirror::span dead_after, int takeovers_max);
    bool take_in_doubt(int epoch, mirror::span dead_after, mirror::span lease, int takeovers_max);
    bool postpone(int epoch, int attempt, moment next_at);
    bool give_up(int epoch, int attempt);
    bool take_steps(int epoch, mirror::span skew, mirror::span lease, std::vector<due_step>& taken);
    bool begin_step(int epoch, const step_row&);
    bool settle(int epoch, const std::vector<dlr_row>&, const std::vector<mark>&);
    bool settle_parked(int epoch);
    bool close_overdue(int epoch, const overdue_query&);
    bool beat(int epoch);
    bool farewell(int epoch);
    bool take_reports(int epoch, mirror::span lease);
    bool take_retries(int epoch, mirror::span lease);
    bool finish_report(int epoch, const report_result&);
    // By hand: what a guess or a cancellation does.
    void change_pin(const pin_row&);

    // The rows that only one side has; empty: they are the same.
    std::string difference();

private:
    bool same(const std::string& ours, const std::string& theirs);

    std::unique_ptr<test::test_database> database_;
    std::unique_ptr<postgres::session> session_;
    tables rows_;
    moment now_;
    std::string answers_;               // a difference between answers
    std::map<int, report_id> reports_;  // by job
};

}  // namespace pinwire::mirror
