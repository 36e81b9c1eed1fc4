// The pure steps of a job's life, each alone: what a microsecond goes for. Google Benchmark's own
// options apply (--benchmark_filter and so on).
#include <benchmark/benchmark.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "common/carriers/registry.hpp"
#include "common/core/dlr.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/message_text.hpp"
#include "common/core/route_choice.hpp"
#include "common/postgres/array_literal.hpp"

namespace {

using namespace pinwire;
using std::chrono::system_clock;

constexpr std::string_view sample_job =
    R"({"job_id":"order-4711-login","account":"acme","to":"+34600123456","dialect":"360nrs",)"
    R"("text":"Your code is {PIN}. Tell nobody.","pin":{"type":"numeric","length":6},)"
    R"("hlr_lookup":1,"report_url":"https://customer.example/reports","report_format":"360nrs",)"
    R"("reference":"checkout"})";

const system_clock::time_point moment{std::chrono::seconds(1'790'000'000)};

job decoded_job() {
    return decode_job(sample_job, moment).value();
}

key_ring one_key() {
    std::array<std::uint8_t, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
    return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true));
}

attempt_id some_attempt() {
    return *attempt_id::parse("0193bd2c7e557a21bc5e6f0a9c3d1e42");
}

nonce96 some_nonce() {
    nonce96 made{};
    made.fill(9);
    return made;
}

void decode(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(decode_job(sample_job, moment));
}
BENCHMARK(decode);

void hash_content(benchmark::State& state) {
    const auto job = decoded_job();
    for (auto _ : state)
        benchmark::DoNotOptimize(content_hash(job, ""));
}
BENCHMARK(hash_content);

void write_spec(benchmark::State& state) {
    const auto job = decoded_job();
    for (auto _ : state)
        benchmark::DoNotOptimize(to_spec(job));
}
BENCHMARK(write_spec);

void seal_pin(benchmark::State& state) {
    const auto keys = one_key();
    const secret pin(std::string("428193"));
    const auto nonce = some_nonce();
    for (auto _ : state)
        benchmark::DoNotOptimize(keys.seal(pin, "acme/p1/34600123456", nonce));
}
BENCHMARK(seal_pin);

void unseal_pin(benchmark::State& state) {
    const auto keys = one_key();
    const secret pin(std::string("428193"));
    const auto sealed = keys.seal(pin, "acme/p1/34600123456", some_nonce());
    for (auto _ : state)
        benchmark::DoNotOptimize(keys.unseal(sealed, "acme/p1/34600123456"));
}
BENCHMARK(unseal_pin);

void render_text(benchmark::State& state) {
    const auto job = decoded_job();
    const secret pin(std::string("428193"));
    for (auto _ : state)
        benchmark::DoNotOptimize(render_sms(job, pin));
}
BENCHMARK(render_text);

// As many fields of each kind as a claim has (common/postgres/claims.cpp).
void append_claim(postgres::row_array& rows, const job& from, const std::string& spec) {
    static const std::array<std::uint8_t, 32> hash{};
    const auto id = some_attempt();
    rows.begin_row()
        .id(id)
        .text(from.account)
        .text(from.id)
        .id(id)
        .bytes(hash)
        .status(from.channel);
    rows.text(from.to.digits()).text(spec).text_or_null(from.report_url).status(from.report_format);
    rows.boolean(from.report_refusal).text_or_null(from.reference).null().null();
    rows.time(moment).time(moment).number(1).null().null();
    rows.text("p1").text(spec).number(0).number(6).number(3600).number(3);
    rows.boolean(true).boolean(true);
    rows.id(id).text("spain").text("infobip").boolean(true).boolean(false);
    rows.time(moment).time(moment).end_row();
}

void build_claims(benchmark::State& state) {
    const auto job = decoded_job();
    const auto spec = to_spec(job);
    for (auto _ : state) {
        postgres::row_array rows;
        for (int i = 0; i < state.range(0); ++i)
            append_claim(rows, job, spec);
        benchmark::DoNotOptimize(rows.take());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(build_claims)->Arg(1)->Arg(64)->Arg(512);

void make_token(benchmark::State& state) {
    const auto keys = one_key();
    const carrier_name carrier("infobip");
    const auto attempt = some_attempt();
    for (auto _ : state)
        benchmark::DoNotOptimize(keys.dlr_token(carrier, attempt));
}
BENCHMARK(make_token);

void verify_token(benchmark::State& state) {
    const auto keys = one_key();
    const carrier_name carrier("infobip");
    const auto token = keys.dlr_token(carrier, some_attempt());
    for (auto _ : state)
        benchmark::DoNotOptimize(keys.verify_dlr_token(carrier, token, moment));
}
BENCHMARK(verify_token);

dlr some_dlr() {
    dlr made;
    made.carrier = carrier_name("infobip");
    made.token = some_attempt();
    made.reference = some_attempt();
    made.carrier_message_id = some_attempt().hex();
    made.to = msisdn::parse("34600123456");
    made.status = dlr_status::delivrd;
    made.raw_status = "DELIVERED_TO_HANDSET";
    made.done_at = moment;
    made.intake_at = moment;
    made.raw = std::string(300, 'r');
    return made;
}

void encode_report(benchmark::State& state) {
    const auto report = some_dlr();
    for (auto _ : state)
        benchmark::DoNotOptimize(encode_dlr(report));
}
BENCHMARK(encode_report);

void decode_report(benchmark::State& state) {
    const auto bytes = encode_dlr(some_dlr());
    for (auto _ : state)
        benchmark::DoNotOptimize(decode_dlr(bytes));
}
BENCHMARK(decode_report);

void build_infobip_request(benchmark::State& state) {
    carriers::settings with;
    with.name = carrier_name("infobip");
    with.kind = "infobip";
    with.base_url = "http://127.0.0.1:8080";
    with.password = secret(std::string("key"));
    const auto carrier = carriers::make_carrier(with);
    carriers::order order;
    order.attempt = some_attempt();
    order.to = *msisdn::parse("34600123456");
    order.from = sender_name("Acme");
    order.text = secret(std::string("Your code is 428193. Tell nobody."));
    order.validity = std::chrono::seconds(3600);
    order.dlr_url = "https://dlr.example/dlr/infobip/" + std::string(68, 't');
    for (auto _ : state)
        benchmark::DoNotOptimize(carrier->to_request(order));
}
BENCHMARK(build_infobip_request);

// Ten routes: countries, prefixes, networks, one of an account's own.
void choose_among_ten_routes(benchmark::State& state) {
    std::vector<route_terms> routes(10);
    for (int i = 0; i < 10; ++i) {
        auto& one = routes[static_cast<std::size_t>(i)];
        one.name = route_name("route-" + std::to_string(i));
        one.countries = {"34", "44", "49"};
        if (i % 2 == 0) one.prefixes = {"346", "347", "4477"};
        if (i % 3 == 0) one.networks = {"21401", "21403", "21407"};
        if (i == 9) one.accounts = {account_name("acme")};
        one.make_ready();
    }
    std::vector<route_candidate> all;
    for (const auto& one : routes) {
        route_candidate made;
        made.terms = &one;
        all.push_back(made);
    }
    route_wish wish;
    wish.account = "other";
    wish.digits = "34600123456";
    wish.network = "21407";
    std::uint32_t random = 1;
    for (auto _ : state) {
        random = random * 1664525 + 1013904223;
        benchmark::DoNotOptimize(choose_route(all, wish, among_equals::weight, random));
    }
}
BENCHMARK(choose_among_ten_routes);

}  // namespace

BENCHMARK_MAIN();
