#include "tests/support/stack/load.hpp"

#include <fmt/format.h>

namespace pinwire::test {

std::string job_maker::next_number(const std::string& prefix, const std::string& suffix) {
    return fmt::format("{}6{:06}{}", prefix, ++serial_, suffix);
}

made_job job_maker::sms(
    const std::string& id, const std::string& prefix, const std::string& suffix
) {
    static const char* const formats[] = {"360nrs", "infobip", "standard"};
    made_job made;
    made.id = id;
    made.key = next_number(prefix, suffix);
    made.body["job_id"] = id;
    made.body["account"] = made.account;
    made.body["to"] = "+" + made.key;
    made.body["hlr_lookup"] = 0;
    made.body["report_url"] = report_url_;
    made.body["report_format"] = formats[serial_ % 3];
    return made;
}

made_job job_maker::voice(const std::string& id, const std::string& suffix) {
    auto made = sms(id, "34", suffix);
    made.body["channel"] = "voice";
    made.body["from"] = "34911000000";  // of calls it must be a number
    made.body.erase("hlr_lookup");
    return made;
}

std::vector<made_job> job_maker::plain(
    const std::string& name, int first, int count, const std::string& prefix
) {
    std::vector<made_job> made;
    for (int i = first; i < first + count; ++i)
        made.push_back(sms(fmt::format("{}-{}", name, i), prefix, "0000"));
    return made;
}

std::vector<made_job> job_maker::planned(
    const std::string& name, int first, int count, const std::string& suffix
) {
    const std::string kinds[] = {"0003", "0001", "0000", "0010", suffix};
    std::vector<made_job> jobs;
    for (int i = first; i < first + count; ++i) {
        const auto& kind = kinds[static_cast<std::size_t>(i) % std::size(kinds)];
        auto made = sms(fmt::format("{}-{}", name, i), "34", kind);
        made.body["from"] = "34911000000";  // of calls it must be a number
        auto& steps = made.body["steps"];
        for (int n = 0; n < 2; ++n)
            steps.push_back({{"channel", "sms"}, {"after", 2}});
        steps.push_back({{"channel", "voice"}});
        jobs.push_back(std::move(made));
    }
    return jobs;
}

std::vector<made_job> job_maker::mixed(const std::string& name, int first, int count) {
    struct kind {
        const char* prefix;  // v: voice
        const char* suffix;
        const char* policy;  // hlr_lookup 1, ncNeeded true, or none
    };
    static constexpr kind kinds[] = {
        {"34", "0000", ""},    {"44", "0000", ""},    {"49", "0000", ""},    {"v", "0000", ""},
        {"34", "0000", "hlr"}, {"44", "0001", ""},    {"34", "0010", ""},    {"v", "0202", ""},
        {"44", "0005", ""},    {"34", "0000", "nc"},  {"49", "0004", ""},    {"34", "0015", ""},
        {"44", "0022", ""},    {"34", "0101", "hlr"}, {"44", "0006", "hlr"}, {"34", "0101", "hlr0"},
        {"49", "0001", "hlr"}, {"33", "0000", ""},    {"33", "0010", ""},    {"33", "0015", "hlr"},
    };
    std::vector<made_job> jobs;
    for (int i = first; i < first + count; ++i) {
        const auto& what = kinds[static_cast<std::size_t>(i) % std::size(kinds)];
        const auto id = fmt::format("{}-{}", name, i);
        const std::string policy = what.policy;
        auto made =
            *what.prefix == 'v' ? voice(id, what.suffix) : sms(id, what.prefix, what.suffix);
        if (policy.starts_with("hlr")) made.body["hlr_lookup"] = 1;
        if (policy == "hlr0") made.body["report_refusal"] = false;
        if (policy == "nc") {
            made.body.erase("hlr_lookup");
            made.body["dialect"] = "infobip";
            made.body["ncNeeded"] = true;
        }
        jobs.push_back(std::move(made));
    }
    return jobs;
}

}  // namespace pinwire::test
