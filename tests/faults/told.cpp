#include "tests/faults/told.hpp"

#include <fmt/format.h>

namespace pinwire::test {
namespace {

using nlohmann::json;

const char* kannel_status(news what) {
    switch (what) {
        case news::accepted:
            return "8";
        case news::on_its_way:
            return "4";
        case news::undelivered:
            return "2";
        case news::delivered:
            return "1";
    }
    return "";
}

json infobip_status(news what) {
    switch (what) {
        case news::accepted:
            return {{"groupId", 1}, {"id", 26}, {"name", "PENDING_ACCEPTED"}};
        case news::on_its_way:
            return {{"groupId", 1}, {"id", 7}, {"name", "PENDING_ENROUTE"}};
        case news::undelivered:
            return {{"groupId", 2}, {"id", 9}, {"name", "UNDELIVERABLE_NOT_DELIVERED"}};
        case news::delivered:
            return {{"groupId", 3}, {"id", 5}, {"name", "DELIVERED_TO_HANDSET"}};
    }
    return {};
}

}  // namespace

int rank_of(news what) {
    switch (what) {
        case news::accepted:
            return 1;
        case news::on_its_way:
            return 2;
        case news::undelivered:
            return 6;
        case news::delivered:
            return 8;
    }
    return 0;
}

json infobip_entry(const std::string& attempt, news what) {
    return {{"messageId", attempt}, {"status", infobip_status(what)}};
}

int tell_infobip(
    const pinwire_stack& stack, const std::vector<json>& entries, const std::string& token_of
) {
    const auto first =
        token_of.empty() ? entries.front()["messageId"].get<std::string>() : token_of;
    const json body = {{"results", entries}};
    return http_call(stack.dlr_door(), "POST", stack.dlr_path("infobip", first), body.dump())
        .status;
}

int tell(
    const pinwire_stack& stack, const std::string& carrier, const std::string& attempt, news what
) {
    if (carrier == "infobip") return tell_infobip(stack, {infobip_entry(attempt, what)});
    const auto query = fmt::format("?status={}&smsid=&at=", kannel_status(what));
    return http_call(stack.dlr_door(), "GET", stack.dlr_path(carrier, attempt) + query).status;
}

std::vector<carried> carried_of(pinwire_stack& stack, const std::string& jobs) {
    const auto rows = stack.query(
        "select a.carrier, hex_name(a.id) from attempt a join job j on j.id = a.job"
        " where starts_with(j.job_id, '" +
        jobs + "') and a.state in (2, 3, 4) order by j.job_id, a.n"
    );
    std::vector<carried> made;
    for (std::size_t i = 0; i < rows.size(); ++i)
        made.push_back({rows[i].text(0), rows[i].text(1)});
    return made;
}

}  // namespace pinwire::test
