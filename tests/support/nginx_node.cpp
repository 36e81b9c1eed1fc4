#include "tests/support/nginx_node.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* nginx = "/usr/sbin/nginx";
// nginx has processes of its own: its master ends them if it is told to, so it is told when we die.
constexpr const char* setpriv = "/usr/bin/setpriv";
constexpr const char* stream_module = "/usr/lib/nginx/modules/ngx_stream_module.so";
constexpr auto start_limit = 20s;
constexpr std::size_t workers = 2;
constexpr int tries = 5;  // somebody else may take a port that was free a moment ago

void replace_all(std::string& in, std::string_view what, std::string_view by) {
    auto at = in.find(what);
    if (at == std::string::npos)
        throw std::runtime_error(fmt::format("the shipped file holds no \"{}\"", what));
    for (; at != std::string::npos; at = in.find(what, at + by.size()))
        in.replace(at, what.size(), by);
}

std::size_t count_of(const std::string& in, std::string_view what) {
    std::size_t made = 0;
    for (auto at = in.find(what); at != std::string::npos; at = in.find(what, at + 1))
        ++made;
    return made;
}

}  // namespace

std::string shipped_nginx(const std::string& name) {
    auto text = read_file(source_root() / "deploy" / "nginx" / name);
    if (text.empty()) throw std::runtime_error("deploy/nginx/" + name + " is missing");
    return text;
}

nginx_node::nginx_node(const std::string& shipped, nginx_changes changes)
    : shipped_(shipped), changes_(std::move(changes)) {
    for (const auto* needed : {nginx, setpriv}) {
        if (!std::filesystem::exists(needed))
            throw std::runtime_error(
                std::string(needed) + " is missing: this test needs a real nginx (scripts/setup)"
            );
    }
    if (shipped_ == "pinwire-stream.conf" && !std::filesystem::exists(stream_module))
        throw std::runtime_error("libnginx-mod-stream is missing (scripts/setup)");
    std::filesystem::create_directory(directory_ / "logs");
    for (int i = 0; !started(); ++i)
        if (i + 1 == tries) give_up("no free ports");
}

nginx_node::~nginx_node() {
    stop();
}

// Its workers would outlive a master that is killed.
void nginx_node::stop() {
    if (!master_) return;
    master_->kill(SIGTERM);
    master_->wait(10s);
    master_.reset();
}

bool nginx_node::started() {
    tls_port_ = free_port();
    plain_port_ = free_port();
    write_configuration();
    const auto taken = [this] { return count_of(logs(), "Address already in use") > 0; };
    const auto before = workers_started();
    child_options options;
    options.arguments = {
        "--pdeathsig",
        "TERM",
        nginx,
        "-p",
        directory_.path().string(),
        "-c",
        (directory_ / "nginx.conf").string(),
        "-e",
        (directory_ / "logs/error.log").string()};
    options.output = directory_ / "logs/terminal.log";
    master_ = std::make_unique<child_process>(setpriv, std::move(options));
    bool ended = false;
    const auto up = eventually(
        [&] {
            ended = !master_->running() || taken();
            return ended || workers_started() >= before + workers;
        },
        start_limit,
        "nginx's workers"
    );
    if (!up) give_up(up.message());
    if (!ended) return true;
    if (!taken()) give_up("it ended");
    stop();
    std::filesystem::remove(directory_ / "logs/error.log");
    std::filesystem::remove(directory_ / "logs/terminal.log");
    return false;
}

void nginx_node::write_configuration() {
    auto text = shipped_nginx(shipped_);
    for (const auto& line : changes_.enabled)
        replace_all(text, "\n    # " + line, "\n    " + line);
    for (const auto& [what, by] : changes_.replaced)
        replace_all(text, what, by);
    const bool stream = shipped_ == "pinwire-stream.conf";
    const auto folder = directory_.path().string();
    const std::string tls = stream ? "8443" : "443";
    replace_all(text, "listen " + tls, fmt::format("listen 127.0.0.1:{}", tls_port_));
    replace_all(text, "listen [::]:" + tls, fmt::format("listen 127.0.0.2:{}", tls_port_));
    replace_all(text, "/var/log/nginx/", folder + "/logs/");
    if (!stream) {
        replace_all(text, "listen 80", fmt::format("listen 127.0.0.1:{}", plain_port_));
        replace_all(text, "listen [::]:80", fmt::format("listen 127.0.0.2:{}", plain_port_));
        replace_all(text, "/run/pinwire-nginx", folder + "/bodies");
    }
    std::ofstream(directory_ / "shipped.conf", std::ios::trunc) << text;
    std::ofstream out(directory_ / "nginx.conf", std::ios::trunc);
    if (stream) out << fmt::format("load_module {};\n", stream_module);
    if (::geteuid() == 0) out << "user root;\n";
    out << fmt::format(
        "daemon off;\npid {0}/pid;\nerror_log {0}/logs/error.log notice;\nworker_processes {1};\n"
        "events {{ worker_connections 1024; }}\n",
        folder,
        workers
    );
    std::string paths;
    for (const auto* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        paths += fmt::format("{0}_temp_path {1}/{0};\n", name, folder);
    const auto include = fmt::format("include {}/shipped.conf;\n", folder);
    if (!stream) out << "http {\naccess_log off;\n" << paths << include << "}\n";
    if (stream) out << include;
    out.close();
    if (!out) throw std::runtime_error("can't write nginx's configuration");
}

void nginx_node::reload() {
    const auto before = workers_started();
    if (!master_->kill(SIGHUP)) give_up("it has ended");
    const auto there = [&] { return workers_started() >= before + workers; };
    const auto came = eventually(there, start_limit, "nginx's new workers");
    if (!came) give_up(came.message());
}

std::size_t nginx_node::workers_started() const {
    return count_of(read_file(directory_ / "logs/error.log"), "start worker process ");
}

std::string nginx_node::logs() const {
    std::string text;
    for (const auto& file : std::filesystem::directory_iterator(directory_ / "logs"))
        text += fmt::format("--- {}\n{}", file.path().filename().string(), read_file(file.path()));
    return text;
}

void nginx_node::give_up(const std::string& why) const {
    throw std::runtime_error("nginx: " + why + "\n" + logs());
}

}  // namespace pinwire::test
