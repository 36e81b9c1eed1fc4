// Who calls, and what of the HTTP request the dialects look at.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "common/config/settings.hpp"
#include "common/core/ip_address.hpp"
#include "common/core/secret.hpp"
#include "common/http/message.hpp"

namespace pinwire::api {

// An account that proved itself. Holds the account as it was then, whatever changes meanwhile.
struct caller {
    std::shared_ptr<const config::account_settings> account;
    ip_address address;  // behind trusted proxies: the client's own
    std::string request_id;
};

// What the access log wants to know and only the dialect's way finds out.
struct call_notes {
    account_name account;  // empty: a stranger
};

struct call {
    http::request request;
    std::string path;   // decoded no further than it came; without the query
    std::string query;  // without the question mark
    ip_address address;
    std::string request_id;             // given back as X-Request-Id, and in the log
    std::string idempotency_key;        // the header; empty: none
    std::shared_ptr<call_notes> notes;  // null: nobody asks
};

// Why somebody isn't let in. The dialects tell all of them apart from nothing but the first.
enum class refused_caller {
    unknown_key,  // or none
    address,      // not on the account's list
    suspended
};

// The tables were not read yet, so nobody can be told whether he may: our trouble, not his.
class not_read_yet : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class gate {
public:
    virtual ~gate() = default;
    // Compares digests, so that timing says nothing about a key. Nothing and a reason for a
    // stranger. Throws not_read_yet.
    struct verdict {
        std::optional<caller> who;
        refused_caller why = refused_caller::unknown_key;
    };
    virtual verdict admit(const secret& key, const call&) = 0;
    // Infobip's Basic: account name and a key of it as the password.
    virtual verdict admit_basic(std::string_view account, const secret& key, const call&) = 0;
    // Whether anybody may send to this number: [guard], and what is suspended now.
    virtual bool serves(const msisdn&) const { return true; }
};

// Whether the account may send to this number at all (allowed and blocked prefixes, the operator's
// and the account's own).
bool may_send_to(const config::settings&, const config::account_settings&, const msisdn&);

}  // namespace pinwire::api
