// A migrated database of its own for each test, and requests that are right in every field, so that
// a test names only what it is about. Times are in UTC; ids are made from a counter and the clock.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/postgres/claims.hpp"
#include "common/postgres/executor.hpp"
#include "common/postgres/liveness.hpp"
#include "common/postgres/reports.hpp"
#include "common/postgres/sends.hpp"
#include "common/postgres/settles.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace pinwire::postgres::test {

using namespace std::chrono_literals;

time_point now();

// Unique within the process and time-ordered.
template <class Id>
Id fresh_id();
extern template message_id fresh_id<message_id>();
extern template attempt_id fresh_id<attempt_id>();
extern template claim_id fresh_id<claim_id>();
extern template epoch_id fresh_id<epoch_id>();
extern template report_id fresh_id<report_id>();

// An SMS job with a fresh PIN and a first attempt that is started at once.
claim_request sms_request(const std::string& job);
dlr_entry dlr_for(const attempt_id& token, dlr_status status);
record_request sent_record(const attempt_id& attempt, const std::string& carrier_id = "");
record_request failed_record(const attempt_id& attempt, const std::string& error);

connection_settings settings_for(const std::string& conninfo);
std::filesystem::path sql_directory();

class database : public ::testing::Test {
protected:
    database();
    ~database() override;

    session& db() { return *session_; }
    std::unique_ptr<session> another(std::string_view role = "postgres") const;
    connection_settings settings(std::string_view role = "postgres") const;

    // One value of a statement as text; "null" for NULL.
    std::string value(const std::string& sql);
    int count(const std::string& from_where);
    std::string job_column(const message_id& job, const std::string& column);

    claim_answer claim_one(const claim_request& request);
    settle_answer settle_all(std::vector<dlr_entry> entries);
    std::vector<report_row> all_reports();
    // The heartbeats of a process, `ago` old.
    void heartbeat_of(const epoch_id& epoch, std::chrono::milliseconds ago = 0ms);

    const epoch_id epoch_ = fresh_id<epoch_id>();
    const epoch_id other_ = fresh_id<epoch_id>();

private:
    std::unique_ptr<pinwire::test::test_database> database_;
    std::unique_ptr<session> session_;
};

}  // namespace pinwire::postgres::test
