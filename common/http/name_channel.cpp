#include "common/http/name_channel.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <stdexcept>

namespace pinwire::http {
namespace {

void start_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
            throw std::runtime_error("c-ares does not start");
        }
    });
}

// The system's can be counted only by a channel that has them.
int count_servers(const resolver_settings& settings) {
    if (!settings.servers.empty()) return static_cast<int>(settings.servers.size());
    auto path = settings.resolv_conf;
    ares_options options{};
    options.resolvconf_path = path.data();
    ares_channel asked = nullptr;
    if (ares_init_options(&asked, &options, ARES_OPT_RESOLVCONF) != ARES_SUCCESS) return 1;
    int count = 0;
#if ARES_VERSION >= 0x011800
    if (char* list = ares_get_servers_csv(asked)) {
        count = static_cast<int>(std::count(list, list + std::strlen(list), ',')) + 1;
        ares_free_string(list);
    }
#else
    ares_addr_port_node* list = nullptr;
    if (ares_get_servers_ports(asked, &list) == ARES_SUCCESS) {
        for (const auto* one = list; one; one = one->next)
            ++count;
        ares_free_data(list);
    }
#endif
    ares_destroy(asked);
    return std::max(1, count);
}

}  // namespace

name_channel::name_channel(boost::asio::io_context& context, const resolver_settings& settings)
    : sockets_(std::make_shared<ares_sockets>(context)) {
    start_library();
    ares_options options{};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
               ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT;
    // A stranger's name is looked up as it stands, never below our own search domains.
    options.flags = settings.search ? 0 : ARES_FLAG_NOSEARCH;
    // Two rounds over all servers, the second twice as slow: together time_max.
    const auto servers = count_servers(settings);
    options.timeout = std::max(1, static_cast<int>(settings.time_max.count()) / (3 * servers));
    options.tries = 2;
    char lookups[] = "fb";
    char lookups_dns[] = "b";
    options.lookups = settings.hosts_file ? lookups : lookups_dns;
    options.sock_state_cb = &ares_sockets::on_state;
    options.sock_state_cb_data = sockets_.get();
    auto path = settings.resolv_conf;
    options.resolvconf_path = path.data();
    options.udp_port = settings.default_port;
#if ARES_VERSION >= 0x011f00
    mask |= ARES_OPT_QUERY_CACHE;  // the resolver's is the only cache
    options.qcache_max_ttl = 0;
#endif
    ares_channel opened = nullptr;
    if (ares_init_options(&opened, &options, mask) != ARES_SUCCESS) {
        throw std::runtime_error("c-ares does not open a channel");
    }
    handle_.reset(opened);
    sockets_->serve(opened);
    if (settings.servers.empty()) return;
    std::string list;
    for (const auto& one : settings.servers)
        list += (list.empty() ? "" : ",") + one;
    if (ares_set_servers_ports_csv(opened, list.c_str()) != ARES_SUCCESS) {
        throw std::invalid_argument("not a list of DNS servers: " + list);
    }
}

name_channel::~name_channel() {
    handle_.reset();
    sockets_->stop();
}

void name_channel::ask(
    const std::string& host, int family, ares_addrinfo_callback on_answer, void* what
) {
    ares_addrinfo_hints hints{};
    hints.ai_flags = ARES_AI_NOSORT;  // sorting opens a socket for each address
    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM;
    ++out_;
    ares_getaddrinfo(handle_.get(), host.c_str(), nullptr, &hints, on_answer, what);
}

}  // namespace pinwire::http
