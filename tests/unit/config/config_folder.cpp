#include "tests/unit/config/config_folder.hpp"

#include <sys/stat.h>

#include <array>
#include <fstream>
#include <stdexcept>

#include "common/core/key_ring.hpp"

namespace pinwire::test {

config_folder::config_folder() {
    std::filesystem::create_directory(folder_ / "secrets");
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(7);
    write("secrets/ring", key_ring::make_line(key_id("k1"), bytes, true) + "\n");
    write("secrets/acme-webhook", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
    for (const auto* name :
         {"kafka-password",
          "postgres-password",
          "infobip-lookup-key",
          "hlr-key",
          "hlr-secret",
          "infobip-key",
          "nrs-key",
          "kannel-password",
          "twilio-token"})
        write(std::string("secrets/") + name, "hush-" + std::string(name) + "\n");
}

void config_folder::write(const std::string& name, const std::string& text, unsigned mode) const {
    const auto file = folder_ / name;
    std::ofstream(file) << text;
    if (::chmod(file.c_str(), mode) != 0) throw std::runtime_error("chmod " + file.string());
}

config::load_result config_folder::load(
    const std::string& text, const config::load_options& options
) const {
    return config::load_text(text, folder_ / "pinwire.toml", options);
}

std::string good_config(const std::string& extra) {
    return R"([kafka]
bootstrap_servers = "127.0.0.1:9092"
embedded = true
[postgres]
conninfo = "host=/run/postgresql dbname=pinwire"
[keys]
ring_file = "secrets/ring"
[accounts.acme]
webhook_secret_files = ["secrets/acme-webhook"]
[providers.hlr]
kind = "infobip"
base_url = "http://127.0.0.1:1"
api_key_file = "secrets/infobip-lookup-key"
[carriers.kannel]
kind = "kannel"
base_url = "http://127.0.0.1:2"
username = "pinwire"
password_file = "secrets/kannel-password"
[routes.world]
carrier = "kannel"
tps = 5
[guard]
countries = ["34", "44"]
[callback]
public_url = "http://127.0.0.1:8081"
[log]
)" + extra;
}

std::string changed(const std::string& from, const std::string& to) {
    auto text = good_config();
    const auto at = text.find(from);
    if (at == std::string::npos) throw std::logic_error("not in good_config(): " + from);
    return text.replace(at, from.size(), to);
}

}  // namespace pinwire::test
