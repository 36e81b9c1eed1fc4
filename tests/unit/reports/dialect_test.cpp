#include "common/reports/dialect.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/reports/test_report.hpp"
#include "tests/golden/golden.hpp"
#include "tests/unit/reports/samples.hpp"
#include "tests/unit/reports/schema_check.hpp"

namespace pinwire::reports {
namespace {

using nlohmann::json;

std::string body_of(report_format format, const final_report& report, const char* zone = "UTC") {
    return dialect_of(format).body(std::span(&report, 1), zone);
}

// One report a line, so that a golden file can be read.
std::string lines_of(report_format format) {
    std::string text;
    for (const final_report& report : samples::all())
        text += body_of(format, report) + "\n";
    return text;
}

TEST(ReportDialects, RenderEveryWayAJobCanEnd) {
    golden::expect("reports/360nrs.jsonl", lines_of(report_format::nrs360));
    golden::expect("reports/infobip.jsonl", lines_of(report_format::infobip));
    golden::expect("reports/standard.jsonl", lines_of(report_format::standard));
}

TEST(ReportDialects, FitTheirSchemas) {
    const std::pair<report_format, const char*> schemas[] = {
        {report_format::nrs360, "report-360nrs"},
        {report_format::infobip, "report-infobip"},
        {report_format::standard, "report-standard"},
    };
    for (const auto& [format, name] : schemas) {
        const json schema = schema_check::read(name);
        for (const final_report& report : samples::all()) {
            const std::string body = body_of(format, report);
            EXPECT_EQ(schema_check::fault_of(schema, json::parse(body)), "") << name << body;
        }
    }
}

TEST(ReportDialects, SchemasRefuseWhatIsNoReport) {
    for (const char* name : {"report-360nrs", "report-infobip", "report-standard"}) {
        const json schema = schema_check::read(name);
        for (const char* body : {"{}", "[]", "[{}]", R"({"results":[{}]})", "7"})
            EXPECT_NE(schema_check::fault_of(schema, json::parse(body)), "") << name << body;
    }
}

TEST(ReportDialects, ManyReportsStandInOneRequest) {
    const auto reports = samples::all();
    const auto nrs360 = json::parse(dialect_of(report_format::nrs360).body(reports, "UTC"));
    EXPECT_EQ(nrs360.size(), reports.size());
    const auto infobip = json::parse(dialect_of(report_format::infobip).body(reports, "UTC"));
    EXPECT_EQ(infobip.at("results").size(), reports.size());
    EXPECT_EQ(dialect_of(report_format::nrs360).batch_max(), 1000u);
    EXPECT_EQ(dialect_of(report_format::infobip).batch_max(), 100u);
    EXPECT_EQ(dialect_of(report_format::standard).batch_max(), 1u);
}

TEST(ReportDialects, SayInfobipIdsAsDecided) {
    const auto id_of = [](const final_report& report) {
        const auto body = json::parse(body_of(report_format::infobip, report));
        return body.at("results").at(0).at("status").at("id").get<int>();
    };
    EXPECT_EQ(id_of(samples::ended(dlr_status::delivrd)), 5);
    EXPECT_EQ(id_of(samples::ended(dlr_status::undeliv)), 9);
    EXPECT_EQ(id_of(samples::ended(dlr_status::expired)), 15);
    EXPECT_EQ(id_of(samples::ended(dlr_status::deleted)), 98);
    EXPECT_EQ(id_of(samples::ended(dlr_status::rejectd)), 52);
    EXPECT_EQ(id_of(samples::ended(dlr_status::unknown)), 29);
    EXPECT_EQ(id_of(samples::ended(dlr_status::acceptd)), 26);
    EXPECT_EQ(id_of(samples::ended(dlr_status::enroute)), 7);
    EXPECT_EQ(id_of(samples::refused()), 31);
    EXPECT_EQ(id_of(samples::call_refused()), 31);
    EXPECT_EQ(id_of(samples::held()), 29);  // in doubt is not "not sent"
}

TEST(ReportDialects, APlanThatCalledInsteadIsNoRefusal) {
    const auto one_of = [](const final_report& report) {
        return json::parse(body_of(report_format::infobip, report)).at("results").at(0);
    };
    const auto called = one_of(samples::called_instead());
    EXPECT_EQ(called.at("status").at("id"), 5);
    EXPECT_EQ(called.at("smsCount"), 0);
    EXPECT_EQ(called.at("callStatus"), "PROCESSED");
    EXPECT_EQ(one_of(samples::refused_both_ways()).at("status").at("id"), 31);
    auto both = samples::called_instead();
    both.sms = sms_status::sent;
    EXPECT_EQ(one_of(both).at("smsCount"), 1);
}

TEST(ReportDialects, Say360NrsStatusesOfTheDocumentOnly) {
    const auto word_of = [](const final_report& report) {
        const auto body = json::parse(body_of(report_format::nrs360, report));
        return body.at(0).at("status").get<std::string>();
    };
    EXPECT_EQ(word_of(samples::ended(dlr_status::delivrd)), "DELIVRD");
    EXPECT_EQ(word_of(samples::ended(dlr_status::acceptd)), "ACCEPTD");
    EXPECT_EQ(word_of(samples::ended(dlr_status::enroute)), "ACCEPTD");
    EXPECT_EQ(word_of(samples::ended(dlr_status::expired)), "EXPIRED");
    EXPECT_EQ(word_of(samples::ended(dlr_status::unknown)), "EXPIRED");
    EXPECT_EQ(word_of(samples::ended(dlr_status::deleted)), "DELETED");
    EXPECT_EQ(word_of(samples::ended(dlr_status::undeliv)), "UNDELIV");
    EXPECT_EQ(word_of(samples::ended(dlr_status::rejectd)), "UNDELIV");
    EXPECT_EQ(word_of(samples::refused()), "UNDELIV");
    EXPECT_EQ(word_of(samples::held()), "EXPIRED");
}

TEST(ReportDialects, Write360NrsTimesInTheAccountsZone) {
    const auto report = samples::delivered();
    const auto sms_date = [&](const char* zone) {
        return json::parse(body_of(report_format::nrs360, report, zone)).at(0).at("sms_date");
    };
    EXPECT_EQ(sms_date("UTC"), "2026-03-01 23:59:59");
    EXPECT_EQ(sms_date("+02:00"), "2026-03-02 01:59:59");
    EXPECT_EQ(sms_date("-03:30"), "2026-03-01 20:29:59");
}

TEST(ReportDialects, TellOfAJobThatGoesOn) {
    auto accepted = samples::ended(dlr_status::acceptd);
    accepted.kind = report_kind::accepted;
    auto enroute = samples::called(call_status::processing);
    enroute.kind = report_kind::enroute;
    const std::tuple<final_report, std::string, int, std::string> wanted[] = {
        {accepted, "ACCEPTD", 26, "pin.accepted"}, {enroute, "ACCEPTD", 7, "pin.enroute"}};
    for (const auto& [report, word, id, type] : wanted) {
        const auto nrs360 = json::parse(body_of(report_format::nrs360, report));
        EXPECT_EQ(nrs360.at(0).at("status"), word);
        const auto infobip = json::parse(body_of(report_format::infobip, report));
        EXPECT_EQ(infobip.at("results").at(0).at("status").at("id"), id);
        EXPECT_EQ(infobip.at("results").at(0).at("error").at("id"), 0);
        const auto standard = json::parse(body_of(report_format::standard, report));
        EXPECT_EQ(standard.at("type"), type);
        EXPECT_TRUE(standard.at("data").at("final_at").is_null());
        const auto schema = schema_check::read("report-standard");
        EXPECT_EQ(schema_check::fault_of(schema, standard), "");
    }
}

TEST(ReportDialects, ATestReportFitsEachSchemaAndSaysWhatItIs) {
    const auto of = samples::delivered();
    const auto report = test_report(of.id, of.message, of.account, of.final_at);
    const std::pair<report_format, const char*> all[] = {
        {report_format::nrs360, "report-360nrs"},
        {report_format::infobip, "report-infobip"},
        {report_format::standard, "report-standard"}};
    for (const auto& [format, name] : all) {
        const auto body = body_of(format, report);
        EXPECT_EQ(schema_check::fault_of(schema_check::read(name), json::parse(body)), "") << body;
        EXPECT_NE(body.find("pinwire test"), std::string::npos) << body;
    }
    EXPECT_EQ(json::parse(body_of(report_format::standard, report)).at("type"), "pin.test");
}

TEST(ReportDialects, SurviveATextThatIsNoUtf8) {
    auto report = samples::delivered();
    report.reference = "\xff\xfe";
    for (const auto format :
         {report_format::nrs360, report_format::infobip, report_format::standard})
        EXPECT_FALSE(json::parse(body_of(format, report), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace pinwire::reports
