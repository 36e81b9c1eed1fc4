// Readiness as named checks, each with a text that says what is missing and what to do. Several
// readiness names live in one process: "" is the service itself (/readyz), others ("settler") have
// /readyz/NAME. A check fails until it first passes. Single-threaded: the loop's thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire::telemetry {

class health {
public:
    enum class state { failing, warning, passing };

    // Sets one check; copies speak of the same one. Must not outlive its `health`.
    class check {
    public:
        check() = default;
        void pass(std::string text = {}) const;
        void warn(std::string text) const;  // ready all the same, but listed
        void fail(std::string text) const;  // what is missing and what to do
        bool passing() const;               // warnings pass

    private:
        friend class health;
        struct entry;
        explicit check(entry* inner) : inner_(inner) {}
        entry* inner_ = nullptr;
    };

    health();
    ~health();
    health(const health&) = delete;
    health& operator=(const health&) = delete;

    // `text` is shown until the check first speaks. An existing name is returned as it is.
    check add(std::string readiness, std::string name, std::string text);

    bool knows(std::string_view readiness) const;  // "" is always known
    bool ready(std::string_view readiness = {}) const;
    // "ready" or "not ready", then a line a check: "kafka: failing: topic pin.jobs is missing …".
    std::string describe(std::string_view readiness = {}) const;

private:
    std::map<std::string, std::vector<std::unique_ptr<check::entry>>, std::less<>> readiness_;
};

}  // namespace pinwire::telemetry
