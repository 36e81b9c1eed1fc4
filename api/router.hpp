// Which dialect a path belongs to, and how a path is named in logs and figures: by its pattern, so
// that neither a stranger's text nor a telephone number gets there. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/caller.hpp"
#include "common/http/message.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::api {

// One side of the API: it knows its paths and answers what comes there.
class dialect_side {
public:
    virtual ~dialect_side() = default;
    virtual std::string_view name() const = 0;
    virtual bool serves(std::string_view method, std::string_view path) const = 0;
    virtual awaitable<http::response> serve(call) = 0;
};

// A dialect that is no dialect_side itself; outlives the result.
template <class Dialect>
std::unique_ptr<dialect_side> side_of(std::string name, Dialect& dialect) {
    class side final : public dialect_side {
    public:
        side(std::string n, Dialect& d) : name_(std::move(n)), dialect_(d) {}
        std::string_view name() const override { return name_; }
        bool serves(std::string_view method, std::string_view path) const override {
            return dialect_.serves(method, path);
        }
        awaitable<http::response> serve(call one) override {
            return dialect_.serve(std::move(one));
        }

    private:
        std::string name_;
        Dialect& dialect_;
    };
    return std::make_unique<side>(std::move(name), dialect);
}

class router {
public:
    void add(std::unique_ptr<dialect_side> one) { sides_.push_back(std::move(one)); }
    // Null: nobody's.
    dialect_side* side_for(std::string_view method, std::string_view path) const;

private:
    std::vector<std::unique_ptr<dialect_side>> sides_;
};

// "/2fa/2/pin/{id}/verify"; "other" for what no dialect has.
std::string_view endpoint_of(std::string_view path);
// The path for the log: ids of ours stand in it, whatever else a caller put there doesn't.
std::string loggable(std::string_view path);
// A method that HTTP has; "other" for one that a caller made up.
std::string_view loggable_method(std::string_view method);

}  // namespace pinwire::api
