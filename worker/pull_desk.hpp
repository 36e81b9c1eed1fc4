// The puller's desk over the database and the broker (pull.hpp). Loop thread only.
#pragma once

#include <memory>

#include "common/config/settings.hpp"
#include "common/kafka/producer.hpp"
#include "common/postgres/executor.hpp"
#include "worker/pull.hpp"

namespace pinwire::worker {

std::unique_ptr<pull_desk>
make_pull_desk(const config::settings&, postgres::executor&, kafka::producer&);

}  // namespace pinwire::worker
