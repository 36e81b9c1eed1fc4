#include "tests/support/stack/pinwire_stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "common/core/key_ring.hpp"
#include "common/kafka/topics.hpp"
#include "common/postgres/migrate.hpp"
#include "common/runtime/asio.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/migrated/migrated_database.hpp"
#include "tests/support/source_tree.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int partitions = 3;
constexpr auto start_limit = 40s;
constexpr const char* roles[] = {"jobs", "jobs_dead", "dlrs", "dlrs_dead", "events"};
constexpr const char* simulator_key = "sim-key";
// 32 bytes in base64; of no worth outside the test.
constexpr const char* test_key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

void write_file(
    const std::filesystem::path& file, const std::string& text, std::filesystem::perms mode
) {
    std::ofstream out(file, std::ios::trunc | std::ios::binary);
    out << text;
    out.close();
    if (!out) throw std::runtime_error("can't write " + file.string());
    std::filesystem::permissions(file, mode);
}

// Outside the coroutine's statement, as GCC 12 needs it.
awaitable<void> produce_on(
    kafka::producer& to,
    std::vector<kafka::message> many,
    std::vector<kafka::produce_result>& results
) {
    results = co_await to.produce_all(std::move(many));
}

void add_account(toml_tables& to, const std::string& name, const std::string& sim) {
    auto& account = to["accounts." + name];
    account["webhook_secret_files"] = R"(["webhook"])";
    account["allow_http"] = "true";
    account["allow_cidrs"] = R"(["127.0.0.1/32"])";
    account["ports"] = fmt::format("[{}]", sim.substr(sim.rfind(':') + 1));
    account["default_sender"] = quoted("Acme");
}

void add_carrier(
    toml_tables& to, const std::string& name, const std::string& kind, const std::string& url
) {
    auto& carrier = to["carriers." + name];
    carrier["kind"] = quoted(kind);
    carrier["base_url"] = quoted(url);
    carrier["password_file"] = quoted("carrier");
    carrier["connect_timeout"] = quoted("1s");
    carrier["answer_timeout"] = quoted("2s");
}

void add_route(
    toml_tables& to,
    const std::string& name,
    const std::string& carrier,
    const std::string& prefix,
    int priority
) {
    auto& route = to["routes." + name];
    route["carrier"] = quoted(carrier);
    route["prefixes"] = "[" + quoted(prefix) + "]";
    route["priority"] = std::to_string(priority);
    route["tps"] = "1000";
    route["burst"] = "1000";
    route["validity"] = quoted("3s");
}

void add_timing(toml_tables& to) {
    auto& worker = to["worker"];
    worker["heartbeat"] = quoted("200ms");
    worker["stale_after"] = quoted("1500ms");
    worker["takeover_after"] = quoted("2500ms");
    worker["sweep_every"] = quoted("200ms");
    worker["no_news_after"] = quoted("1s");
    worker["hold_grace"] = quoted("1s");
    worker["doubt_wait"] = quoted("2s");
    worker["retry_first"] = quoted("200ms");
    worker["retry_max"] = quoted("1s");
    worker["drain"] = quoted("10s");
    auto& reports = to["callback.reports"];
    reports["schedule"] = R"(["0s", "200ms", "500ms", "1s"])";
    reports["poll"] = quoted("100ms");
    reports["lease"] = quoted("3s");
    reports["connect_timeout"] = quoted("1s");
    reports["total_timeout"] = quoted("2s");
}

std::string last_lines(const std::string& text, std::size_t lines) {
    auto at = text.size();
    for (std::size_t i = 0; i <= lines && at != std::string::npos && at > 0; ++i)
        at = text.rfind('\n', at - 1);
    return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

}  // namespace

pinwire_stack::pinwire_stack(stack_options options)
    : unique_(unique_name("f")),
      bootstrap_(options.kafka.empty() ? kafka_cluster::shared_bootstrap() : options.kafka),
      services_conninfo_(options.services_conninfo),
      worker_group_(unique_ + ".worker"),
      dlr_port_(free_port()),
      api_ports_{{"1", free_port()}, {"2", free_port()}} {
    std::filesystem::create_directory(directory_ / "logs");
    write_secrets();
    make_database(options.postgres);
    make_topics(options);
    start_simulator();
    jobs_ = job_maker(sim_address_ + "/customer/acme");
    auto tables = configuration();
    if (options.edit) options.edit(tables);
    write_configuration("worker", "worker", tables);
    write_configuration("callback", "callback", tables);
    for (const auto* instance : {"2", "3"}) {
        auto beside = tables;
        beside["callback"]["listen"] = quoted(fmt::format("127.0.0.1:{}", free_port()));
        write_configuration(std::string("callback-") + instance, "callback", beside);
    }
    for (const auto& [instance, port] : api_ports_) {
        tables["api"]["listen"] = quoted(fmt::format("127.0.0.1:{}", port));
        write_configuration("api-" + instance, "api", tables);
    }
    kafka::settings kafka;
    kafka.bootstrap_servers = bootstrap_;
    kafka::producer_settings how;
    how.delivery_timeout = 60s;
    producer_ = std::make_unique<kafka::producer>(io_.get_executor(), kafka, how);
}

pinwire_stack::~pinwire_stack() {
    producer_.reset();
    session_.reset();
    programs_.clear();  // kills them
    try {
        delete_topics(bootstrap_, topics());
    } catch (const std::exception&) {
        // the broker may be gone; it is thrown away after the run
    }
}

void pinwire_stack::write_secrets() const {
    constexpr auto mine = std::filesystem::perms::owner_read | std::filesystem::perms::owner_write;
    write_file(directory_ / "ring", fmt::format("k1 {} active\n", test_key), mine);
    write_file(directory_ / "webhook", fmt::format("whsec_{}\n", test_key), mine);
    write_file(directory_ / "carrier", std::string(simulator_key) + "\n", mine);
}

toml_tables pinwire_stack::configuration() const {
    toml_tables to;
    to["kafka"]["bootstrap_servers"] = quoted(bootstrap_);
    to["kafka"]["session_timeout"] = quoted("6s");  // the shortest that a broker takes by default
    to["kafka"]["worker_group"] = quoted(worker_group_);
    to["kafka"]["callback_group"] = quoted(callback_group());
    for (const auto* role : roles)
        to["kafka.topics"][role] = quoted(topic(role));
    to["kafka.topics"]["partitions"] = std::to_string(partitions);
    to["kafka.topics"]["replication"] = "1";
    to["keys"]["ring_file"] = quoted("ring");
    add_account(to, "acme", sim_address_);
    add_account(to, "globex", sim_address_);
    auto& provider = to["providers.lookup"];
    provider["kind"] = quoted("infobip");
    provider["base_url"] = quoted(sim_address_ + "/lookup/infobip");
    provider["api_key_file"] = quoted("carrier");
    provider["timeout"] = quoted("1s");
    to["lookup"]["deadline"] = quoted("2s");
    add_carrier(to, "infobip", "infobip", sim_address_ + "/infobip");
    add_carrier(to, "nrs", "360nrs", sim_address_ + "/360nrs");
    add_carrier(to, "kannel", "kannel", sim_address_ + "/kannel");
    to["carriers.infobip"]["idempotency_window"] = quoted("60s");
    add_carrier(to, "twilio", "twilio", sim_address_ + "/twilio");
    add_carrier(to, "vonage", "vonage", sim_address_ + "/vonage");
    for (const auto* name : {"kannel", "twilio", "vonage"})
        to[std::string("carriers.") + name]["username"] = quoted("pinwire");
    add_route(to, "es_first", "infobip", "34", 1);
    add_route(to, "es_second", "nrs", "34", 2);
    add_route(to, "gb_first", "nrs", "44", 1);
    add_route(to, "gb_second", "kannel", "44", 2);
    add_route(to, "de_first", "kannel", "49", 1);
    add_route(to, "de_second", "infobip", "49", 2);
    add_route(to, "fr_first", "twilio", "33", 1);
    add_route(to, "fr_second", "vonage", "33", 2);
    add_route(to, "calls", "infobip", "34", 1);
    to["routes.calls"]["channel"] = quoted("voice");
    to["worker"]["state_dir"] = quoted("state");
    auto& callback = to["callback"];
    callback["listen"] = quoted(fmt::format("127.0.0.1:{}", dlr_port_));
    callback["public_url"] = quoted(fmt::format("http://127.0.0.1:{}", dlr_port_));
    callback["sweep_every"] = quoted("200ms");
    callback["produce_timeout"] = quoted("3s");
    callback["drain"] = quoted("10s");
    auto& api = to["api"];
    api["answer_within"] = quoted("5s");
    api["produce_timeout"] = quoted("2s");
    api["drain"] = quoted("10s");
    add_timing(to);
    return to;
}

void pinwire_stack::write_configuration(
    const std::string& name, const std::string& role, toml_tables tables
) const {
    const auto user = "pinwire_" + role;
    tables["postgres"]["conninfo"] =
        quoted(fmt::format("{} user={} {}", database_->conninfo(), user, services_conninfo_));
    std::string text;
    for (const auto& [table, keys] : tables) {
        text += fmt::format("[{}]\n", table);
        for (const auto& [key, value] : keys)
            text += fmt::format("{} = {}\n", key, value);
    }
    write_file(
        configuration_file(name),
        text,
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
}

std::filesystem::path pinwire_stack::configuration_file(const std::string& name) const {
    return directory_ / (name + ".toml");
}

void pinwire_stack::make_database(postgres_cluster* own) {
    database_ = own != nullptr ? own->fresh_database() : migrated_database();
    if (own == nullptr) return;
    postgres::connection_settings how;
    how.conninfo = database_->conninfo();
    how.application_name = "pinwire-test";
    postgres::session owner(how);
    postgres::migrate(owner, postgres::read_migrations(source_root() / "sql"));
}

std::string pinwire_stack::topic(const std::string& role) const {
    return unique_ + "." + role;
}

std::vector<std::string> pinwire_stack::topics() const {
    std::vector<std::string> names;
    for (const auto* role : roles)
        names.push_back(topic(role));
    return names;
}

void pinwire_stack::make_topics(const stack_options& options) const {
    if (options.make_topic) {
        for (const auto& name : topics())
            options.make_topic(name, partitions);
        return;
    }
    kafka::settings kafka;
    kafka.bootstrap_servers = bootstrap_;
    std::vector<kafka::topic_spec> wanted;
    for (const auto* role : roles) {
        kafka::topic_spec one;
        one.name = topic(role);
        one.partitions = partitions;
        one.replication = 1;
        if (std::string(role) == "jobs") one.config = options.jobs_options;
        if (std::string(role) == "jobs_dead") one.config = options.jobs_dead_options;
        wanted.push_back(std::move(one));
    }
    for (const auto& made : kafka::create_topics(kafka, wanted, 30s)) {
        if (made.outcome != kafka::topic_created::created)
            throw std::runtime_error("creating " + made.name + ": " + made.error);
    }
}

std::filesystem::path pinwire_stack::log_file(const std::string& name) const {
    return directory_ / "logs" / (name + ".log");
}

void pinwire_stack::start_program(
    const std::string& name,
    const std::string& binary,
    std::vector<std::string> arguments,
    environment variables
) {
    if (const auto old = programs_.find(name); old != programs_.end()) {
        if (old->second.child.running()) throw std::logic_error(name + " is still running");
        programs_.erase(old);
    }
    std::error_code none;
    const auto size = std::filesystem::file_size(log_file(name), none);
    child_options options;
    options.arguments = std::move(arguments);
    options.environment = std::move(variables);
    options.output = log_file(name);
    program made{child_process(test::program(binary), std::move(options)), 0, ""};
    made.log_start = none ? 0 : size;
    programs_.emplace(name, std::move(made));
}

void pinwire_stack::start_simulator() {
    const auto address = directory_ / "sim.address";
    std::vector<std::string> arguments = {
        "--address-file",
        address.string(),
        "--key",
        simulator_key,
        "--dlr-retry",
        "300",
        "--dlr-tries",
        "1000",
        "--customer-secret",
        "acme=" + (directory_ / "webhook").string()};
    start_program("sim", "pinwire-sim", std::move(arguments), {});
    const auto up = eventually(
        [&address] { return std::filesystem::exists(address); },
        start_limit,
        "the simulator's address"
    );
    if (!up) throw std::runtime_error(up.message() + tails());
    std::ifstream(address) >> sim_address_;
}

void pinwire_stack::start_worker(const std::string& instance, environment variables) {
    start_program(
        "worker-" + instance,
        "pinwire-worker",
        {"--config", configuration_file("worker").string(), "--instance", instance},
        std::move(variables)
    );
}

void pinwire_stack::start_callback(environment variables) {
    start_program(
        "callback",
        "pinwire-callback",
        {"--config", configuration_file("callback").string()},
        std::move(variables)
    );
}

void pinwire_stack::start_callback_beside(const std::string& instance, environment variables) {
    const auto name = "callback-" + instance;
    start_program(
        name,
        "pinwire-callback",
        {"--config", configuration_file(name).string(), "--instance", instance},
        std::move(variables)
    );
}

void pinwire_stack::start_api(const std::string& instance, environment variables) {
    const auto name = "api-" + instance;
    start_program(
        name,
        "pinwire-api",
        {"--config", configuration_file(name).string(), "--instance", instance},
        std::move(variables)
    );
}

std::string pinwire_stack::api(const std::string& instance) const {
    return fmt::format("http://127.0.0.1:{}", api_ports_.at(instance));
}

std::string pinwire_stack::dlr_door() const {
    return fmt::format("127.0.0.1:{}", dlr_port_);
}

std::string pinwire_stack::dlr_path(const std::string& carrier, const std::string& attempt) const {
    static const auto keys = key_ring::parse(fmt::format("k1 {} active\n", test_key));
    const auto id = attempt_id::parse(attempt);
    if (!id) throw std::logic_error(attempt + " is no attempt's id");
    return "/dlr/" + carrier + "/" + keys.dlr_token(carrier_name(carrier), *id);
}

std::string pinwire_stack::pinwire(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--config", configuration_file("api-1").string()});
    arguments.insert(arguments.end(), {"--conninfo", database_->conninfo()});
    return run_program(test::program("pinwire"), std::move(arguments), 30s);
}

void pinwire_stack::start() {
    start_callback();
    start_worker();
    wait_until_ready("callback");
    wait_until_ready("worker-1");
}

// The listener's port is any free one; the log's first line says which.
const std::string& pinwire_stack::health_of(const std::string& name) {
    auto& one = programs_.at(name);
    if (!one.health.empty()) return one.health;
    const auto text = log(name).substr(one.log_start);
    const std::string mark = "metrics=";
    const auto begin = text.find(mark);
    const auto end = begin == std::string::npos ? begin : text.find_first_of(" \n", begin);
    if (end == std::string::npos) throw std::runtime_error(name + " names no listener yet");
    one.health = text.substr(begin + mark.size(), end - begin - mark.size());
    std::erase(one.health, '"');
    return one.health;
}

void pinwire_stack::wait_until_ready(const std::string& name) {
    bool ended = false;
    std::string last;
    const auto up = eventually(
        [&] {
            ended = !process(name).running();
            if (ended) return true;
            const auto answer = http_call(health_of(name), "GET", "/readyz");
            last = answer.body;
            return answer.status == 200;
        },
        start_limit,
        name + " ready"
    );
    if (ended || !up) {
        throw std::runtime_error(
            fmt::format("{} {}\n{}\n{}", name, ended ? "ended" : "is not ready", last, tails())
        );
    }
}

std::string pinwire_stack::metrics(const std::string& name) {
    return http_call(health_of(name), "GET", "/metrics").body;
}

double pinwire_stack::figure(const std::string& name, const std::string& metric) {
    std::istringstream lines(metrics(name));
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(metric + ' ')) return std::stod(line.substr(metric.size() + 1));
    }
    throw std::runtime_error(name + " has no " + metric);
}

http_answer pinwire_stack::readiness(const std::string& name, const std::string& scope) {
    return http_call(health_of(name), "GET", "/readyz" + (scope.empty() ? scope : '/' + scope));
}

void pinwire_stack::produce(const std::vector<made_job>& jobs) {
    std::vector<kafka::message> messages;
    for (const auto& job : jobs) {
        kafka::message one;
        one.topic = topic("jobs");
        one.key = job.key;
        one.payload = job.body.dump();
        messages.push_back(std::move(one));
    }
    bool done = false;
    std::exception_ptr failed;
    std::vector<kafka::produce_result> results;
    boost::asio::co_spawn(
        io_,
        produce_on(*producer_, std::move(messages), results),
        [&done, &failed](std::exception_ptr error) {
            failed = error;
            done = true;
        }
    );
    io_.restart();
    while (!done)
        io_.run_one();
    if (failed) std::rethrow_exception(failed);
    for (const auto& result : results) {
        if (!result.ok) throw std::runtime_error("producing a job: " + result.name);
    }
    produced_.insert(produced_.end(), jobs.begin(), jobs.end());
}

void pinwire_stack::rule(const nlohmann::json& one) {
    const auto answer = http_call(sim_address_, "POST", "/admin/rules", one.dump());
    if (answer.status / 100 != 2) throw std::runtime_error("rule refused: " + answer.body);
}

void pinwire_stack::clear_rules() {
    http_call(sim_address_, "DELETE", "/admin/rules");
}

std::vector<nlohmann::json> pinwire_stack::journal(const std::string& type) {
    const auto target = "/admin/log?max=1000000" + (type.empty() ? std::string() : "&type=" + type);
    const auto answer = http_call(sim_address_, "GET", target);
    std::vector<nlohmann::json> lines;
    std::istringstream text(answer.body);
    for (std::string line; std::getline(text, line);)
        lines.push_back(nlohmann::json::parse(line));
    return lines;
}

postgres::result pinwire_stack::query(const std::string& sql) {
    if (!session_ || !session_->usable()) {
        session_.reset();
        postgres::connection_settings how;
        how.conninfo = database_->conninfo();
        how.application_name = "pinwire-test";
        how.statement_timeout = 30s;
        session_ = std::make_unique<postgres::session>(how);
    }
    return session_->query(sql);
}

std::int64_t pinwire_stack::count(const std::string& sql) {
    return query(sql).one().int64(0);
}

std::string pinwire_stack::log(const std::string& name) const {
    return read_file(log_file(name));
}

std::vector<std::string> pinwire_stack::log_names() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(directory_ / "logs"))
        names.push_back(file.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

std::string pinwire_stack::tails() const {
    std::string text;
    for (const auto& name : log_names())
        text += fmt::format("--- {} says\n{}", name, last_lines(log(name), 30));
    return text;
}

}  // namespace pinwire::test
