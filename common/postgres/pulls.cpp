#include "common/postgres/pulls.hpp"

#include "common/postgres/array_literal.hpp"

namespace pinwire::postgres {

std::vector<overdue_attempt> take_overdue(session& with, const overdue_question& question) {
    std::vector<std::string> routes;
    for (const auto& route : question.routes)
        routes.push_back(route.str());
    const auto rows = with.query(
        "select attempt, carrier_message_id, msisdn, voice, dlr_status, call_status"
        " from take_overdue($1, $2::text[], $3::integer, $4::interval)",
        {question.carrier.str(),
         text_array(routes),
         std::to_string(question.limit),
         interval_text(question.every)}
    );
    std::vector<overdue_attempt> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto from = rows[i];
        const auto to = msisdn::parse(from.view(2));
        if (!to) continue;  // no job has such a number
        overdue_attempt one;
        one.attempt = from.id<attempt_id>(0);
        one.carrier_message_id = from.text_or_empty(1);
        one.to = *to;
        one.channel = from.boolean(3) ? channel::voice : channel::sms;
        if (const auto known = from.maybe_int16(4)) one.status = static_cast<dlr_status>(*known);
        if (const auto known = from.maybe_int16(5)) one.call = static_cast<call_status>(*known);
        out.push_back(std::move(one));
    }
    return out;
}

void pull_again(session& with, std::span<const attempt_id> attempts, milliseconds in) {
    with.query(
        "select pull_again($1::uuid[], $2::interval)", {id_array(attempts), interval_text(in)}
    );
}

}  // namespace pinwire::postgres
