// A database with today's schema in it, of the shared cluster. All tests that share the cluster
// share one migrated database, made by whoever comes first, and each gets a copy of it: that takes
// a tenth of the time. Not thread-safe; failures throw with what PostgreSQL said.
#pragma once

#include <memory>

#include "common/postgres/session.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace pinwire::test {

std::unique_ptr<test_database> migrated_database();

// As the superuser; a statement may take half a minute.
postgres::connection_settings connection_to(const test_database&);

}  // namespace pinwire::test
