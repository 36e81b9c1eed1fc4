#include "sim/behaviour.hpp"

#include <array>

namespace pinwire::sim {

namespace {

constexpr unsigned on_sms = 1;
constexpr unsigned on_voice = 2;
constexpr unsigned on_send = on_sms | on_voice;
constexpr unsigned on_lookup = 4;
constexpr unsigned on_customer = 8;
constexpr unsigned on_inquiry = 16;
constexpr unsigned on_all = on_send | on_lookup | on_customer | on_inquiry;

constexpr unsigned bit(request_kind kind) {
    switch (kind) {
        case request_kind::sms:
            return on_sms;
        case request_kind::voice:
            return on_voice;
        case request_kind::lookup:
            return on_lookup;
        case request_kind::customer:
            return on_customer;
        case request_kind::inquiry:
            return on_inquiry;
    }
    return 0;
}

struct action {
    std::string_view name;
    unsigned fits;
    bool delays_answer;
    behaviour does;
};

constexpr behaviour ends(std::string_view name, delivery outcome) {
    behaviour made;
    made.name = name;
    made.outcome = outcome;
    return made;
}

constexpr behaviour reports(std::string_view name, report_plan plan) {
    behaviour made;
    made.name = name;
    made.plan = plan;
    return made;
}

constexpr behaviour answers(std::string_view name, answer_kind kind, bool takes) {
    behaviour made;
    made.name = name;
    made.answer = kind;
    made.takes = takes;
    return made;
}

constexpr behaviour says(std::string_view name, unsigned status, unsigned retry_after_s = 0) {
    behaviour made = answers(name, answer_kind::status, false);
    made.status = status;
    made.retry_after_s = retry_after_s;
    return made;
}

constexpr behaviour looks_up(std::string_view name, lookup_outcome outcome) {
    behaviour made;
    made.name = name;
    made.lookup = outcome;
    return made;
}

constexpr behaviour slow() {
    behaviour made;
    made.name = "slow";
    made.answer_delay = std::chrono::milliseconds(2000);
    return made;
}

constexpr std::array actions{
    action{"delivered", on_sms, false, ends("delivered", delivery::delivered)},
    action{"undelivered", on_send, false, ends("undelivered", delivery::undelivered)},
    action{"expired", on_send, false, ends("expired", delivery::expired)},
    action{"deleted", on_send, false, ends("deleted", delivery::deleted)},
    action{"rejected", on_send, false, ends("rejected", delivery::rejected)},
    action{"unknown", on_send, false, ends("unknown", delivery::unknown)},
    action{"human", on_voice, false, ends("human", delivery::human)},
    action{"machine", on_voice, false, ends("machine", delivery::machine)},
    action{"hung_up", on_voice, false, ends("hung_up", delivery::hung_up)},
    action{"busy", on_voice, false, ends("busy", delivery::busy)},
    action{"no_answer", on_voice, false, ends("no_answer", delivery::no_answer)},
    action{"failed", on_voice, false, ends("failed", delivery::failed)},
    action{"no_dlr", on_send, false, reports("no_dlr", report_plan::none)},
    action{"dlr_lost", on_send, false, reports("dlr_lost", report_plan::lost)},
    action{
        "dlr_before_answer",
        on_send,
        false,
        reports("dlr_before_answer", report_plan::before_answer)},
    action{"dlr_twice", on_send, false, reports("dlr_twice", report_plan::twice)},
    action{
        "dlr_out_of_order", on_send, false, reports("dlr_out_of_order", report_plan::out_of_order)},
    action{
        "dlr_wrong_token",
        on_send,
        false,
        reports("dlr_wrong_token", report_plan::wrong_token_first)},
    action{"refuse", on_send, true, answers("refuse", answer_kind::refuse, false)},
    action{
        "refuse_destination",
        on_send,
        true,
        answers("refuse_destination", answer_kind::refuse_destination, false)},
    action{"throttle", on_all, true, says("throttle", 429, 1)},
    action{"unavailable", on_all, true, says("unavailable", 503)},
    action{"server_error", on_all, true, says("server_error", 500)},
    action{"answer", on_all, true, says("answer", 200)},
    action{"hang", on_all, true, answers("hang", answer_kind::hang, false)},
    action{"hang_accepted", on_send, true, answers("hang_accepted", answer_kind::hang, true)},
    action{"reset", on_all, true, answers("reset", answer_kind::reset, false)},
    action{"reset_accepted", on_send, true, answers("reset_accepted", answer_kind::reset, true)},
    action{"close", on_all, true, answers("close", answer_kind::close, false)},
    action{"cut_accepted", on_send, true, answers("cut_accepted", answer_kind::cut, true)},
    action{"garbage", on_all, true, answers("garbage", answer_kind::garbage, false)},
    action{
        "garbage_accepted", on_send, true, answers("garbage_accepted", answer_kind::garbage, true)},
    action{"slow", on_all, true, slow()},
    action{"reachable", on_lookup, true, looks_up("reachable", lookup_outcome::reachable)},
    action{"absent", on_lookup, true, looks_up("absent", lookup_outcome::absent)},
    action{
        "unknown_subscriber",
        on_lookup,
        true,
        looks_up("unknown_subscriber", lookup_outcome::unknown_subscriber)},
    action{"landline", on_lookup, true, looks_up("landline", lookup_outcome::landline)},
};

struct number_meaning {
    std::string_view suffix;
    unsigned applies;
    std::string_view action;
};

constexpr std::array meanings{
    number_meaning{"0001", on_send, "undelivered"},
    number_meaning{"0002", on_send, "expired"},
    number_meaning{"0003", on_send, "no_dlr"},
    number_meaning{"0004", on_send, "dlr_before_answer"},
    number_meaning{"0005", on_send, "dlr_twice"},
    number_meaning{"0006", on_send, "dlr_out_of_order"},
    number_meaning{"0007", on_send, "dlr_wrong_token"},
    number_meaning{"0008", on_send, "rejected"},
    number_meaning{"0009", on_send, "deleted"},
    number_meaning{"0010", on_send, "refuse"},
    number_meaning{"0011", on_send, "refuse_destination"},
    number_meaning{"0012", on_send, "throttle"},
    number_meaning{"0013", on_send, "unavailable"},
    number_meaning{"0014", on_send, "hang"},
    number_meaning{"0015", on_send, "reset_accepted"},
    number_meaning{"0016", on_send, "garbage"},
    number_meaning{"0017", on_send, "slow"},
    number_meaning{"0018", on_send, "reset"},
    number_meaning{"0019", on_send, "hang_accepted"},
    number_meaning{"0020", on_send, "garbage_accepted"},
    number_meaning{"0021", on_send, "server_error"},
    number_meaning{"0022", on_send, "cut_accepted"},
    number_meaning{"0023", on_send, "unknown"},
    number_meaning{"0024", on_send, "dlr_lost"},
    number_meaning{"0100", on_lookup, "absent"},
    number_meaning{"0101", on_lookup, "unknown_subscriber"},
    number_meaning{"0102", on_lookup, "server_error"},
    number_meaning{"0103", on_lookup, "hang"},
    number_meaning{"0104", on_lookup, "landline"},
    number_meaning{"0200", on_voice, "human"},
    number_meaning{"0201", on_voice, "machine"},
    number_meaning{"0202", on_voice, "busy"},
    number_meaning{"0203", on_voice, "no_answer"},
    number_meaning{"0204", on_voice, "failed"},
    number_meaning{"0205", on_voice, "hung_up"},
};

const action* action_named(std::string_view name) {
    for (const action& known : actions)
        if (known.name == name) return &known;
    return nullptr;
}

std::string_view ordinary_action(request_kind kind) {
    switch (kind) {
        case request_kind::sms:
            return "delivered";
        case request_kind::voice:
            return "human";
        case request_kind::lookup:
            return "reachable";
        case request_kind::customer:
        case request_kind::inquiry:
            return "answer";
    }
    return "delivered";
}

}  // namespace

std::string_view to_string(delivery what) {
    switch (what) {
        case delivery::delivered:
            return "delivered";
        case delivery::undelivered:
            return "undelivered";
        case delivery::expired:
            return "expired";
        case delivery::deleted:
            return "deleted";
        case delivery::rejected:
            return "rejected";
        case delivery::unknown:
            return "unknown";
        case delivery::enroute:
            return "enroute";
        case delivery::human:
            return "human";
        case delivery::machine:
            return "machine";
        case delivery::hung_up:
            return "hung_up";
        case delivery::busy:
            return "busy";
        case delivery::no_answer:
            return "no_answer";
        case delivery::failed:
            return "failed";
    }
    return "";
}

std::string_view to_string(request_kind kind) {
    switch (kind) {
        case request_kind::sms:
            return "sms";
        case request_kind::voice:
            return "voice";
        case request_kind::lookup:
            return "lookup";
        case request_kind::customer:
            return "customer";
        case request_kind::inquiry:
            return "inquiry";
    }
    return "";
}

std::optional<behaviour> find_action(std::string_view name) {
    if (const action* known = action_named(name)) return known->does;
    return std::nullopt;
}

bool action_fits(std::string_view name, request_kind kind) {
    const action* known = action_named(name);
    return known && (known->fits & bit(kind)) != 0;
}

bool delays_answer(std::string_view name) {
    const action* known = action_named(name);
    return known && known->delays_answer;
}

behaviour behaviour_of_number(std::string_view number, request_kind kind) {
    if (number.size() >= 4) {
        const std::string_view suffix = number.substr(number.size() - 4);
        for (const number_meaning& meaning : meanings)
            if (meaning.suffix == suffix && (meaning.applies & bit(kind)) != 0)
                return action_named(meaning.action)->does;
    }
    return action_named(ordinary_action(kind))->does;
}

}  // namespace pinwire::sim
