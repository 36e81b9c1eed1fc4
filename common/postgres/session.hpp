// One connection to PostgreSQL, for one thread, in UTC and the schema pinwire, with all its
// time-outs set. Every query is a transaction of its own and blocks. Failures throw database_error;
// after one that cost the connection, usable() is false and every further query throws weather: the
// owner drops the object and opens a new one (libpqxx 6 would reconnect silently).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/postgres/connection_settings.hpp"
#include "common/postgres/errors.hpp"
#include "common/postgres/result.hpp"

namespace pinwire::postgres {

// NULL: nullopt. Everything goes as text; the statement casts ($1::bigint).
using parameters = std::vector<std::optional<std::string>>;

class session {
public:
    // Connects; throws database_error (weather). `on_socket` hears of the connection's descriptor
    // before anything is asked over it.
    explicit session(
        const connection_settings&, const std::function<void(int)>& on_socket = nullptr
    );
    ~session();
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    // Autocommitted; prepared once for each text, so keep texts constant and few.
    result query(std::string_view sql, const parameters& values = {});

    // Several statements in one text, without parameters, in one transaction: for migrations.
    void script(const std::string& sql);

    bool usable() const noexcept { return usable_; }
    int backend_pid() const;  // for tests that end it; 0 once it is lost

private:
    struct state;
    struct closer;
    void must_be_usable() const;
    result run(std::string_view sql, const parameters& values);

    std::unique_ptr<state> state_;
    bool usable_ = true;
};

}  // namespace pinwire::postgres
