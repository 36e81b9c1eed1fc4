// The gateway over common/http: one pool for each carrier and each provider, so that one that hangs
// holds only its own connections (P9). Loop thread only.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "common/config/settings.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

std::unique_ptr<gateway> make_http_gateway(boost::asio::io_context&, const config::settings&);

}  // namespace pinwire::worker
