// P8: no PIN in clear anywhere but in the carrier's request. PINs of 16 letters and digits are
// taken from the simulator's inbox and searched for in all that Pinwire, Kafka and PostgreSQL have
// written, and in the memory of the processes, which is what a core dump would hold.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/api_caller.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t pin_size = 16;
// A sanitizer's bookkeeping is mapped in terabytes and holds none of the program's bytes.
constexpr std::uint64_t sanitizer_shadow = 1ULL << 30;

// Many needles in one pass: a window over runs of PIN characters, so that large texts stay cheap.
class pin_search {
public:
    explicit pin_search(std::set<std::string> pins) : pins_(std::move(pins)) {}

    void look(const std::string& where, std::string_view text) {
        std::size_t run = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            const bool fits = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            run = fits ? run + 1 : 0;
            if (run < pin_size) continue;
            const std::string word(text.substr(i + 1 - pin_size, pin_size));
            if (!pins_.contains(word)) continue;
            const auto begin = i + 1 > pin_size + 48 ? i + 1 - pin_size - 48 : 0;
            ++found_[where];
            std::string context(text.substr(begin, pin_size + 96));
            for (auto& one : context) {
                if (one < ' ' || one > '~') one = '.';
            }
            examples_[where] = context;
        }
    }

    std::string findings() const {
        std::string text;
        for (const auto& [where, times] : found_)
            text += fmt::format("{}: {} times, e.g. {}\n", where, times, examples_.at(where));
        return text;
    }
    std::size_t found() const { return found_.size(); }

private:
    std::set<std::string> pins_;
    std::map<std::string, int> found_;
    std::map<std::string, std::string> examples_;
};

std::set<std::string> pins_of(const std::vector<nlohmann::json>& accepted) {
    std::set<std::string> pins;
    for (const auto& line : accepted) {
        const auto text = line["text"].get<std::string>();
        const auto begin = text.find('<');
        const auto end = text.find('>');
        if (begin == std::string::npos || end != begin + 1 + pin_size) continue;
        pins.insert(text.substr(begin + 1, pin_size));
    }
    return pins;
}

std::vector<made_job> secret_jobs(pinwire_stack& stack) {
    auto jobs = stack.jobs().mixed("secret", 0, 102);
    for (auto& job : jobs) {
        const bool infobip = job.body.value("dialect", "360nrs") == "infobip";
        job.body["text"] = infobip ? "code <{{pin}}>" : "code <{PIN}>";
        job.body["pin"] = {{"type", "alphanumeric"}, {"length", pin_size}};
    }
    return jobs;
}

// All that the process has mapped and can be read: what a core dump holds.
std::string memory_of(pid_t pid) {
    std::ifstream maps(fmt::format("/proc/{}/maps", pid));
    std::ifstream memory(fmt::format("/proc/{}/mem", pid), std::ios::binary);
    if (!maps || !memory) throw std::runtime_error("the process's memory can't be read");
    std::string all;
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields(line);
        std::string range, rights, offset, device, inode, name;
        fields >> range >> rights >> offset >> device >> inode >> name;
        if (!rights.starts_with("rw") || name == "[vvar]") continue;
        const auto dash = range.find('-');
        const auto begin = std::stoull(range.substr(0, dash), nullptr, 16);
        const auto end = std::stoull(range.substr(dash + 1), nullptr, 16);
        if (end - begin > sanitizer_shadow) continue;
        std::string part(end - begin, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(begin));
        memory.read(part.data(), static_cast<std::streamsize>(part.size()));
        all.append(part, 0, static_cast<std::size_t>(memory.gcount()));
    }
    return all;
}

class NoPinInClear : public testing::Test {
protected:
    static stack_options options_for(postgres_cluster& cluster) {
        stack_options options;
        options.postgres = &cluster;
        return options;
    }

    void SetUp() override {
        // the worst that an operator may set: every statement with its parameters, and failing ones
        stack_.query("alter system set log_statement = 'all'");
        stack_.query("alter system set log_parameter_max_length = -1");
        stack_.query("alter system set log_parameter_max_length_on_error = -1");
        stack_.query("select pg_reload_conf()");
        stack_.query(
            "alter table job add constraint poison"
            " check (reference is distinct from 'poison')"
        );
        const pinwire_stack::environment dumpable = {{"PINWIRE_ALLOW_CORE", "1"}};
        stack_.start_callback(dumpable);
        stack_.start_worker("1", dumpable);
        stack_.wait_until_ready("callback");
        stack_.wait_until_ready("worker-1");
        auto jobs = secret_jobs(stack_);
        jobs[0].body["reference"] = "poison";
        jobs[0].accepted = false;
        jobs[1].body["hlr_lookup"] = 7;
        jobs[1].accepted = false;
        stack_.produce(jobs);
        ASSERT_TRUE(oracle(stack_).holds());
        ASSERT_NO_FATAL_FAILURE(order_by_api(dumpable));
        pins_ = pins_of(stack_.journal("accepted"));
        ASSERT_GT(pins_.size(), 80U);
    }

    // Minted PINs and callers' own codes, each guessed wrongly and rightly.
    void order_by_api(const pinwire_stack::environment& dumpable) {
        stack_.start_api("1", dumpable);
        const api_caller caller(stack_.api(), add_key(stack_, "acme"));
        stack_.wait_until_ready("api-1");
        wait_until_known(caller);
        for (int i = 0; i < 20; ++i) {
            const auto number = fmt::format("3469{:04}0000", i);
            nlohmann::json more;
            more["sms_text"] = "code <{PIN}>";
            more["hlr_lookup"] = i % 2;
            auto& pin = more["pin_params"];
            pin["type"] = "alphanumeric";
            pin["length"] = pin_size;
            if (i % 4 < 2) pin["code"] = fmt::format("OWN{:03}CODE{:06}", i, i * 7919 + 41);
            const auto answer = caller.request(number, more);
            ASSERT_EQ(answer.status, 200) << answer;
            const auto code = pin_on_handset(stack_, number);
            caller.verify(number, other_than(code));
            ASSERT_EQ(caller.verify(number, code).body["result"]["verified"], true);
        }
    }

    postgres_cluster cluster_;
    pinwire_stack stack_{options_for(cluster_)};
    std::set<std::string> pins_;
};

TEST_F(NoPinInClear, InLogsTopicsTablesAndMetrics) {
    pin_search search(pins_);
    for (const auto& name : stack_.log_names())
        search.look("log of " + name, stack_.log(name));
    for (const auto& topic : stack_.topics()) {
        for (const auto& record : read_topic(stack_.bootstrap(), topic)) {
            search.look("topic " + topic, record.key + ' ' + record.payload.value_or(""));
            for (const auto& [name, value] : record.headers)
                search.look("headers in " + topic, value);
        }
    }
    const auto dump = run_program("/usr/bin/pg_dump", {"-d", stack_.conninfo()}, 60s);
    ASSERT_NE(dump.find("secret-5"), std::string::npos) << "the dump holds no jobs";
    search.look("tables", dump);
    const auto server = cluster_.log();
    ASSERT_NE(server.find("poison"), std::string::npos) << "the server's log holds no statements";
    search.look("PostgreSQL's log", server);
    search.look("metrics of the worker", stack_.metrics("worker-1"));
    search.look("metrics of the callback", stack_.metrics("callback"));
    search.look("metrics of the API", stack_.metrics("api-1"));
    EXPECT_EQ(search.found(), 0U) << search.findings();
    // the search itself finds what is there
    search.look("inbox", "code <" + *pins_.begin() + ">");
    EXPECT_EQ(search.found(), 1U);
}

TEST_F(NoPinInClear, InTheMemoryOfAnIdleWorker) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer's allocator stands in for the worker's, which wipes";
#endif
    pin_search search(pins_);
    const auto worker = memory_of(stack_.process("worker-1").pid());
    ASSERT_NE(worker.find("es_first"), std::string::npos) << "not the worker's heap";
    search.look("memory of the worker", worker);
    const auto callback = memory_of(stack_.process("callback").pid());
    search.look("memory of the callback", callback);
    EXPECT_EQ(search.found(), 0U) << search.findings();
}

}  // namespace
}  // namespace pinwire::test
