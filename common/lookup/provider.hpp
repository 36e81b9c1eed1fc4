// A number-lookup provider: a pure translator, one file each, made from the configuration by
// make_provider (registry.hpp). Every provider's answer becomes one normalised record. No IMSI is
// kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/http_message.hpp"
#include "common/core/lookup_outcome.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/secret.hpp"
#include "common/core/strong.hpp"

namespace pinwire::lookup {

struct settings {
    provider_name name;
    std::string kind;      // "infobip"
    std::string base_url;  // without a trailing slash
    secret api_key;
    std::vector<std::string> countries;  // calling-code prefixes it covers, e.g. "34"; empty: all
};

class provider {
public:
    virtual ~provider() = default;
    const settings& config() const noexcept { return settings_; }
    virtual http_request to_request(const msisdn&) const = 0;
    // Never throws: an answer that can't be read is an unknown outcome.
    virtual lookup_result read_answer(const http_response&, const msisdn& asked) const = 0;
    bool covers(const msisdn&) const;

protected:
    explicit provider(settings given) : settings_(std::move(given)) {}

private:
    settings settings_;
};

}  // namespace pinwire::lookup
