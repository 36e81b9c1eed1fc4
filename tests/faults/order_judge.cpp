#include "tests/faults/order_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace pinwire::test {
namespace {

using std::chrono::milliseconds;

bool overlaps(const hindrance& one, const order_call& call) {
    return one.process == call.process && one.from <= call.ended && one.to >= call.began;
}

enum class word { none, ok, refused, trouble };

word word_of(const order_call& call) {
    const auto body = nlohmann::json::parse(call.said, nullptr, false);
    if (!body.is_object()) return word::none;
    const auto error = body.value("error_id", "");
    if (call.status == 500 && error == "UNKNOWN_ERROR") return word::trouble;
    if (call.status != 200) return word::none;
    if (error == "INVALID_NUMBER") return word::refused;
    return body.value("status", "") == "ok" ? word::ok : word::none;
}

std::optional<std::string> wrong_with(
    const order_call& call, const std::vector<hindrance>& all, milliseconds bound
) {
    bool gone = false;
    bool stopped = false;
    for (const auto& one : all) {
        if (!overlaps(one, call)) continue;
        (one.what == hindrance::kind::gone ? gone : stopped) = true;
    }
    if (call.ended - call.began >= bound && !stopped) return "is late";
    if (call.status != 0 && word_of(call) == word::none) return "is no answer";
    if (call.status != 0) return std::nullopt;
    if (!call.refused && !call.hasty && !gone && !stopped) return "broke, and its process lived";
    return std::nullopt;
}

template <class Value>
Value of(const std::map<std::string, Value>& from, const std::string& number) {
    const auto found = from.find(number);
    return found == from.end() ? Value() : found->second;
}

}  // namespace

std::vector<std::string> judge_calls(
    const std::vector<order_call>& calls, const std::vector<hindrance>& all, milliseconds bound
) {
    std::vector<std::string> found;
    for (const auto& call : calls) {
        const auto wrong = wrong_with(call, all, bound);
        if (!wrong) continue;
        found.push_back(fmt::format(
            "order {}: a call to {} {}: {} {} after {} ms",
            call.number,
            call.process,
            *wrong,
            call.status,
            call.said,
            std::chrono::duration_cast<milliseconds>(call.ended - call.began).count()
        ));
    }
    return found;
}

std::vector<std::string> judge_words(
    const std::vector<order_call>& calls, const std::map<std::string, order_rows>& by_number
) {
    std::vector<std::string> found;
    for (const auto& call : calls) {
        const bool refused = of(by_number, call.number).refused != 0;
        const auto said = word_of(call);
        if (refused ? said == word::ok : said == word::refused)
            found.push_back(fmt::format(
                "order {}: {} said {}, its row says {}",
                call.number,
                call.process,
                call.said,
                refused ? "refused" : "not refused"
            ));
    }
    return found;
}

std::vector<std::string> judge_orders(
    const std::vector<pin_order>& orders,
    const std::map<std::string, order_rows>& rows,
    const std::map<std::string, std::vector<std::string>>& pins
) {
    std::vector<std::string> found;
    std::set<std::string> ordered;
    for (const auto& order : orders) {
        ordered.insert(order.number);
        const auto find = [&found, &order](const std::string& what) {
            found.push_back(fmt::format("order {} {}", order.number, what));
        };
        const auto row = of(rows, order.number);
        const auto shown = of(pins, order.number);
        if (!order.abandoned && !order.taken) find("isn't taken though all is well again");
        if (!order.abandoned && row.alive != 1) find(fmt::format("is {} jobs", row.alive));
        if (order.abandoned && row.alive > 1) find(fmt::format("is {} jobs", row.alive));
        if (!order.lookup && row.refused != 0) find("is refused by a lookup that nobody wanted");
        if (shown.size() > 1) find(fmt::format("brought {} messages", shown.size()));
        if (row.sent == 0 && !shown.empty()) find("brought a message, its row says not sent");
        if (row.sent != 0 && row.in_doubt == 0 && shown.empty())
            find("brought no message, its row says sent");
        if (!order.own_code.empty() && !shown.empty() && shown.front() != order.own_code)
            find("brought another code than its own");
    }
    for (const auto& [number, row] : rows)
        if (!ordered.contains(number)) found.push_back("nobody ordered a PIN for " + number);
    return found;
}

}  // namespace pinwire::test
