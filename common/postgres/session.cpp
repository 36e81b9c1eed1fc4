#include "common/postgres/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <pqxx/pqxx>
#include <unordered_map>
#include <utility>

#include "common/postgres/compat.hpp"
#include "common/postgres/result_data.hpp"

namespace pinwire::postgres {
namespace {

struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

std::string libpq_value(std::string_view value) {
    std::string out = "'";
    for (const char letter : value) {
        if (letter == '\'' || letter == '\\') out += '\\';
        out += letter;
    }
    return out += '\'';
}

// Of two values for one keyword libpq takes the last: conninfo wins over what we add before it.
std::string full_conninfo(const connection_settings& settings) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(settings.connect_timeout).count();
    auto out = fmt::format(
        "connect_timeout={} keepalives=1 keepalives_idle=5 keepalives_interval=2 "
        "keepalives_count=3 tcp_user_timeout={} application_name={} client_encoding=UTF8 {}",
        std::max<std::int64_t>(seconds, 2),
        settings.tcp_user_timeout.count(),
        libpq_value(settings.application_name),
        settings.conninfo
    );
    if (!settings.password.empty()) out += " password=" + libpq_value(settings.password.reveal());
    return out;
}

// Said in the session, not in the start-up packet, which poolers refuse to carry. The keep-alives
// and the TCP time-out are the server's: it ends our transaction when this machine is gone.
std::string set_up(const connection_settings& settings) {
    return fmt::format(
        "select set_config('search_path', 'pinwire', false), set_config('timezone', 'UTC', false),"
        " set_config('datestyle', 'ISO', false), set_config('bytea_output', 'hex', false),"
        " set_config('standard_conforming_strings', 'on', false),"
        // The same few statements for ever, each of which wants its rows by their keys. A plan is
        // made once and kept; made while a table was empty, it must not read the whole of it for
        // ever.
        " set_config('plan_cache_mode', 'force_generic_plan', false),"
        " set_config('enable_seqscan', 'off', false), set_config('enable_mergejoin', 'off', false),"
        " set_config('jit', 'off', false),"
        " set_config('statement_timeout', '{}', false), set_config('lock_timeout', '{}', false),"
        " set_config('idle_in_transaction_session_timeout', '{}', false),"
        " set_config('tcp_user_timeout', '{}', false), set_config('tcp_keepalives_idle', '5', "
        "false), set_config('tcp_keepalives_interval', '2', false),"
        " set_config('tcp_keepalives_count', '3', false)",
        settings.statement_timeout.count(),
        settings.lock_timeout.count(),
        settings.idle_in_transaction_timeout.count(),
        settings.tcp_user_timeout.count()
    );
}

// The server's one line, unless it may quote a value: class 22 does ("invalid input syntax for
// type uuid: ...").
std::string harmless(std::string_view message, std::string_view sqlstate) {
    if (sqlstate.substr(0, 2) == "22") return fmt::format("SQLSTATE {}", sqlstate);
    auto line = message.substr(0, message.find('\n'));
    if (const auto colon = line.find(":  "); colon != std::string_view::npos) {
        line.remove_prefix(colon + 3);
    }
    if (sqlstate.empty()) return std::string(line);
    return fmt::format("SQLSTATE {}: {}", sqlstate, line);
}

// After these the connection is as good as before; anything else may be the session's own fault
// (a changed plan, a statement that a pooler forgot), so it is better to begin anew.
bool keeps_connection(std::string_view sqlstate) {
    const auto group = sqlstate.substr(0, 2);
    return group == "22" || group == "23" || group == "40" || group == "55" || group == "P0" ||
           sqlstate == "57014";
}

bool means_lost(std::string_view sqlstate) {
    return sqlstate.substr(0, 2) == "08" || sqlstate.substr(0, 3) == "57P";
}

void refuse_nul(const parameters& values) {
    for (const auto& value : values) {
        if (value && value->find('\0') != std::string::npos) {
            throw database_error(trouble::bad_row, "22021", "SQLSTATE 22021: a NUL in a parameter");
        }
    }
}

}  // namespace

struct session::state {
    explicit state(const std::string& conninfo) : connection(conninfo) {}

    pqxx::connection connection;
    std::unordered_map<std::string, std::string, text_hash, std::equal_to<>> prepared;
    int prepared_count = 0;

    const std::string& name_of(std::string_view sql) {
        if (const auto known = prepared.find(sql); known != prepared.end()) return known->second;
        auto name = fmt::format("s{}", ++prepared_count);
        compat::prepare(connection, name, std::string(sql));
        return prepared.emplace(std::string(sql), std::move(name)).first->second;
    }
};

// Closes at once what can't be used any more: it may hold locks.
struct session::closer {
    explicit closer(session& of) : owner(of) {}
    ~closer() {
        if (!owner.usable_) owner.state_.reset();
    }
    session& owner;
};

session::session(const connection_settings& settings, const std::function<void(int)>& on_socket) {
    try {
        state_ = std::make_unique<state>(full_conninfo(settings));
        if (on_socket) on_socket(state_->connection.sock());
        pqxx::nontransaction(state_->connection).exec(set_up(settings));
    } catch (const pqxx::sql_error& error) {
        throw database_error(
            trouble::weather, error.sqlstate(), harmless(error.what(), error.sqlstate())
        );
    } catch (const std::exception& error) {
        throw database_error(trouble::weather, "", harmless(error.what(), ""));
    }
}

session::~session() = default;

int session::backend_pid() const {
    return state_ ? state_->connection.backendpid() : 0;
}

void session::must_be_usable() const {
    if (!usable_) throw database_error(trouble::weather, "", "the connection was lost earlier");
}

namespace {

template <class F>
auto guarded(pqxx::connection& connection, bool& usable, F&& run) -> decltype(run()) {
    try {
        return run();
    } catch (const pqxx::broken_connection&) {
        usable = false;
        throw database_error(trouble::in_doubt, "", "the connection was lost");
    } catch (const pqxx::in_doubt_error&) {
        usable = false;
        throw database_error(trouble::in_doubt, "", "the connection was lost in COMMIT");
    } catch (const pqxx::deadlock_detected&) {  // no sql_error in libpqxx 6
        throw database_error(trouble::weather, "40P01", "SQLSTATE 40P01: deadlock detected");
    } catch (const pqxx::serialization_failure&) {
        throw database_error(trouble::weather, "40001", "SQLSTATE 40001: serialization failure");
    } catch (const pqxx::insufficient_privilege& error) {  // libpqxx 6 forgets its code
        usable = false;
        throw database_error(trouble::weather, "42501", harmless(error.what(), "42501"));
    } catch (const pqxx::sql_error& error) {
        const auto code = error.sqlstate();
        const bool lost = means_lost(code) || !connection.is_open();
        if (lost || !keeps_connection(code)) usable = false;
        throw database_error(
            lost ? trouble::in_doubt : classify(code), code, harmless(error.what(), code)
        );
    } catch (const pqxx::failure& error) {
        // a lost connection may look like this too
        const bool lost = !connection.is_open();
        usable = false;
        throw database_error(
            lost ? trouble::in_doubt : trouble::weather, "", harmless(error.what(), "")
        );
    }
}

}  // namespace

result session::query(std::string_view sql, const parameters& values) {
    must_be_usable();
    refuse_nul(values);
    const closer close(*this);
    return guarded(state_->connection, usable_, [&] { return run(sql, values); });
}

result session::run(std::string_view sql, const parameters& values) {
    const auto& name = state_->name_of(sql);
    pqxx::nontransaction transaction(state_->connection);
    auto rows = compat::run_prepared(transaction, name, values);
    return result(std::make_unique<result::data>(std::move(rows)));
}

void session::script(const std::string& sql) {
    must_be_usable();
    const closer close(*this);
    guarded(state_->connection, usable_, [&] {
        pqxx::work transaction(state_->connection);
        transaction.exec(sql);
        transaction.commit();
    });
}

}  // namespace pinwire::postgres
