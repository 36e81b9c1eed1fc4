#include "cli/top/sources.hpp"

#include <fmt/format.h>

#include <future>

#include "cli/settings_file.hpp"
#include "cli/top/metrics_reader.hpp"
#include "common/core/dlr.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;
using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds patience = 2s;  // with each of the three
constexpr std::chrono::seconds lately{15};          // workers and callbacks speak every three
constexpr int endpoints_max = 20;

// Kept as long as it answers.
class database_source {
public:
    database_source(const common_options& common, const database_options& options)
        : common_(common), options_(options) {}

    told<database_look> take() {
        told<database_look> out;
        try {
            if (!session_) session_ = open();
            out.what = read(*session_);
        } catch (const std::exception& error) {
            session_.reset();
            out.error = error.what();
        }
        return out;
    }

private:
    std::unique_ptr<postgres::session> open() const {
        auto where = database_of(common_, options_);
        where.statement_timeout = patience;
        where.lock_timeout = patience;
        where.connect_timeout = patience;
        where.tcp_user_timeout = patience;
        return std::make_unique<postgres::session>(where);
    }

    static database_look read(postgres::session& on) {
        database_look made;
        made.view = postgres::look(on);
        made.at = steady_clock::now();
        made.routes = summarize(postgres::read_route_states(on, lately));
        made.endpoints = postgres::busiest_endpoints(on, lately, endpoints_max);
        return made;
    }

    const common_options& common_;
    const database_options& options_;
    std::unique_ptr<postgres::session> session_;
};

// librdkafka connects anew by itself.
class kafka_source {
public:
    kafka_source(const common_options& common, const config::settings& settings)
        : common_(common), topics_(settings.kafka) {}

    told<kafka_look> take() {
        told<kafka_look> out;
        try {
            if (!jobs_ || !dlrs_) open();
            const auto until = steady_clock::now() + patience;
            const auto left = [until] {
                return std::chrono::duration_cast<std::chrono::milliseconds>(
                    until - steady_clock::now()
                );
            };
            kafka_look made;
            made.jobs = {topics_.topics.jobs, jobs_->look(left())};
            made.dlrs = {topics_.topics.dlrs, dlrs_->look(left())};
            made.at = steady_clock::now();
            out.what = std::move(made);
        } catch (const std::exception& error) {
            out.error = error.what();
        }
        return out;
    }

private:
    // Only now: a password that can't be read is no reason to show nothing else.
    void open() {
        needed_secrets needed;
        needed.kafka = true;
        const auto where = kafka_of(load_settings(common_, needed));
        jobs_ =
            std::make_unique<kafka::group_watch>(where, topics_.worker_group, topics_.topics.jobs);
        const auto is_marker = [](std::string_view bytes) {
            return decode_dlr_marker(bytes).has_value();
        };
        dlrs_ = std::make_unique<kafka::group_watch>(
            where, topics_.callback_group, topics_.topics.dlrs, is_marker
        );
    }

    const common_options& common_;
    config::kafka_settings topics_;
    std::unique_ptr<kafka::group_watch> jobs_;
    std::unique_ptr<kafka::group_watch> dlrs_;
};

}  // namespace

struct sources::impl {
    impl(
        const common_options& given,
        const database_options& role,
        const config::settings& settings,
        std::vector<std::string> metrics
    )
        : common(given),
          options(role),
          database(common, options),
          kafka(common, settings),
          services(std::move(metrics), patience) {}

    common_options common;
    database_options options;
    database_source database;
    kafka_source kafka;
    metrics_reader services;
};

sources::sources(
    const common_options& common,
    const database_options& options,
    const config::settings& settings,
    std::vector<std::string> metrics
)
    : impl_(std::make_unique<impl>(common, options, settings, std::move(metrics))) {}

sources::~sources() = default;

look sources::take() {
    auto& all = *impl_;
    auto kafka = std::async(std::launch::async, [&all] { return all.kafka.take(); });
    auto services = std::async(std::launch::async, [&all] { return all.services.take(); });
    look made;
    made.database = all.database.take();
    made.kafka = kafka.get();
    made.services = services.get();
    made.at = std::chrono::system_clock::now();
    return made;
}

std::vector<std::string> metrics_of(const config::settings& settings) {
    std::vector<std::string> all;
    for (const auto* one :
         {&settings.worker.metrics_listen,
          &settings.callback.metrics_listen,
          &settings.api.metrics_listen}) {
        if (one->port == 0) continue;
        const bool v6 = one->address.find(':') != std::string::npos;
        all.push_back(
            fmt::format("{}{}{}:{}", v6 ? "[" : "", one->address, v6 ? "]" : "", one->port)
        );
    }
    return all;
}

}  // namespace pinwire::cli
