#include "tests/support/stack/kannel_node.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/stack/http_call.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr auto start_limit = 20s;
constexpr const char* bearerbox = "/usr/sbin/bearerbox";
constexpr const char* smsbox = "/usr/sbin/smsbox";
// Somebody else may take a port that was free a moment ago, and smsbox dies of a request that comes
// between its listener and its own beginning.
constexpr int tries = 5;

std::unique_ptr<child_process> run(
    const char* program, const std::filesystem::path& configuration, const std::string& directory
) {
    child_options options;
    options.arguments = {"-v", "4", configuration.string()};  // on the terminal; the file has more
    options.output = directory + "/terminal.log";
    options.working_directory = directory;
    return std::make_unique<child_process>(program, std::move(options));
}

}  // namespace

kannel_node::kannel_node(std::vector<kannel_smsc> centres, std::string password)
    : centres_(std::move(centres)), password_(std::move(password)) {
    for (const auto* program : {bearerbox, smsbox}) {
        if (!std::filesystem::exists(program))
            throw std::runtime_error(
                std::string(program) + " is missing: this test needs a real Kannel (scripts/setup)"
            );
    }
    std::filesystem::create_directory(directory_ / "spool");
    start();
}

kannel_node::~kannel_node() = default;

void kannel_node::start() {
    const bool again = admin_port_ != 0;
    for (int i = 0;; ++i) {
        if (!again) {
            admin_port_ = free_port();
            box_port_ = free_port();
            sendsms_port_ = free_port();
            write_configuration();
        }
        try {
            start_bearerbox();
            start_smsbox();
            break;
        } catch (const std::runtime_error&) {
            kill9();
            if (i + 1 == tries) throw;
        }
    }
    for (const auto& one : centres_)
        wait_until(one.id, "online");
}

void kannel_node::write_configuration() {
    std::ofstream out(directory_ / "kannel.conf", std::ios::trunc);
    out << fmt::format(
        "group = core\nadmin-port = {}\nadmin-interface = 127.0.0.1\nadmin-password = {}\n"
        "smsbox-port = {}\nsmsbox-interface = 127.0.0.1\n"
        "box-deny-ip = \"*.*.*.*\"\nbox-allow-ip = 127.0.0.1\n"
        "log-file = bearerbox.log\nlog-level = 0\ndlr-storage = internal\n"
        "store-type = spool\nstore-location = spool\nsms-resend-freq = 1\n\n",
        admin_port_,
        password_,
        box_port_
    );
    for (const auto& one : centres_) {
        out << fmt::format(
            "group = smsc\nsmsc = smpp\nsmsc-id = {0}\nallowed-smsc-id = {0}\nhost = 127.0.0.1\n"
            "port = {1}\ntransceiver-mode = true\nsmsc-username = {0}\nsmsc-password = secret\n"
            "system-type = VMA\nreconnect-delay = 1\n\n",
            one.id,
            one.port
        );
    }
    out << fmt::format(
        "group = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = {}\n"
        "sendsms-interface = 127.0.0.1\nlog-file = smsbox.log\nlog-level = 0\n"
        "http-request-retry = 60\nhttp-queue-delay = 1\n\n"
        "group = sendsms-user\nusername = {}\npassword = {}\n"
        "max-messages = 10\nconcatenation = true\n",
        sendsms_port_,
        username,
        password_
    );
    out.close();
    if (!out) throw std::runtime_error("can't write Kannel's configuration");
}

void kannel_node::start_bearerbox() {
    bearerbox_ = run(bearerbox, directory_ / "kannel.conf", directory_.path());
    bool ended = false;
    const auto up = eventually(
        [&] {
            ended = !bearerbox_->running();
            return ended || command("status").find("running") != std::string::npos;
        },
        start_limit,
        "bearerbox running"
    );
    if (ended || !up) give_up(ended ? "bearerbox ended" : up.message());
}

void kannel_node::start_smsbox() {
    smsbox_ = run(smsbox, directory_ / "kannel.conf", directory_.path());
    bool ended = false;
    const auto up = eventually(
        [&] {
            ended = !smsbox_->running();
            // its last step but one; its listener is open long before
            return ended || command("status").find("smsbox:") != std::string::npos;
        },
        start_limit,
        "smsbox connected to bearerbox"
    );
    if (ended || !up) give_up(ended ? "smsbox ended" : up.message());
}

void kannel_node::kill9() {
    for (auto* one : {&smsbox_, &bearerbox_}) {
        if (!*one) continue;
        (*one)->kill(SIGKILL);
        one->reset();
    }
}

std::string kannel_node::command(const std::string& name, const std::string& arguments) const {
    const auto target = fmt::format("/{}.txt?password={}{}", name, password_, arguments);
    return http_call(fmt::format("127.0.0.1:{}", admin_port_), "GET", target).body;
}

void kannel_node::stop_smsc(const std::string& id) {
    command("stop-smsc", "&smsc=" + id);
    wait_until(id, "dead");
}

void kannel_node::wait_until(const std::string& id, const std::string& state) const {
    const auto line_of = [this, &id] {
        const auto status = command("status");
        const auto begin = status.find("\n    " + id);
        return begin == std::string::npos
                   ? status
                   : status.substr(begin, status.find('\n', begin + 1) - begin);
    };
    const auto there = [&] { return line_of().find("(" + state) != std::string::npos; };
    const auto came = eventually(there, start_limit, id + " " + state);
    if (!came) give_up(fmt::format("{}: {}", came.message(), line_of()));
}

std::string kannel_node::url() const {
    return fmt::format("http://127.0.0.1:{}", sendsms_port_);
}

std::string kannel_node::version() const {
    const auto status = command("status");
    const std::string mark = "version `";
    const auto begin = status.find(mark);
    if (begin == std::string::npos) give_up("no version in: " + status);
    return status.substr(begin + mark.size(), status.find('\'', begin) - begin - mark.size());
}

std::string kannel_node::log() const {
    std::string text;
    for (const auto* name : {"terminal.log", "bearerbox.log", "smsbox.log"})
        text += fmt::format("--- {}\n{}", name, read_file(directory_ / name));
    return text;
}

void kannel_node::give_up(const std::string& why) const {
    constexpr std::size_t most = 20'000;
    auto said = log();
    if (said.size() > most) said.erase(0, said.size() - most);
    throw std::runtime_error("Kannel: " + why + "\n" + said);
}

}  // namespace pinwire::test
