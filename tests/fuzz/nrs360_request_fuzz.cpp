// Whatever a 360NRS caller posts, before and after its key: each call is an order that the worker
// can read, or an error of the documents that quotes nothing. The first byte chooses the account.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/nrs360/answer.hpp"
#include "api/nrs360/decode.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/pin.hpp"

namespace {

using namespace pinwire;
using namespace pinwire::api;

constexpr auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));

void check(bool holds) {
    if (!holds) std::abort();
}

void check_refusal(const nrs360::fault& what) {
    const auto answer = nrs360::answer_of(what);
    check(answer.status == 200 || answer.status == 400);
    check(answer.body.starts_with(R"({"status":"error","error_id":")"));
    check(answer.body.size() < 256);  // our words only
}

config::account_settings account_of(unsigned choice) {
    config::account_settings account;
    account.name = account_name("fuzzed");
    account.strict = choice & 1;
    account.allow_http = choice & 2;
    if (choice & 4) account.default_sender = sender_name("ACME");
    if (choice & 8) account.senders.emplace_back("ACME");
    return account;
}

void check_order(nrs360::ready_request ready) {
    auto& job = ready.job;
    job.id = job_id("fuzzed");
    const auto again = decode_job(encode_job(job), now);
    check(again.has_value());
    check(content_hash(*again, "") == content_hash(job, ""));
    check(ready.own_code.empty() || fits(*job.pin_given, ready.own_code));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto account = account_of(data[0]);
    const auto verify = nrs360::read_verify("application/json", body);
    if (!verify) check_refusal(verify.error());
    const auto asked = nrs360::read_request("application/json", body);
    if (!asked) {
        check_refusal(asked.error());
        return 0;
    }
    address_rules rules;
    rules.allow_http = account.allow_http;
    const address_policy policy(rules);
    auto ready = nrs360::make_job(*asked, account, policy, now);
    if (!ready)
        check_refusal(ready.error());
    else
        check_order(*std::move(ready));
    return 0;
}
