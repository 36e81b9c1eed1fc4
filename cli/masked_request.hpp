// A carrier's request as it may be shown: whatever holds the carrier's secret, in any of the forms
// in which requests carry it, is masked. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/carriers/carrier.hpp"

namespace pinwire::cli {

struct shown_request {
    std::string method;
    std::string origin;  // scheme://host:port
    std::string target;
    http_headers headers;
    std::string body;

    // The same for what came back: a carrier may quote what it got.
    std::string masked(std::string text) const;

    std::vector<secret> hidden;  // every form of the secret
};

shown_request mask(const carriers::settings&, const http_request&);

}  // namespace pinwire::cli
