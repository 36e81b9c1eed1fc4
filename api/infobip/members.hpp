// Members of a JSON object from a stranger, taken only when they are what was asked for; what isn't
// is noted as a fault under its (dotted) name, never with its value. Null counts as absent, unknown
// members are nobody's business. Borrows the object and the faults. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "api/infobip/errors.hpp"

namespace pinwire::api {

// The body as a JSON object. Nothing, and a fault, when it is none.
bool read_infobip_body(std::string_view bytes, nlohmann::json& into, infobip_faults&);

class infobip_members {
public:
    infobip_members(const nlohmann::json& object, infobip_faults& faults, std::string prefix = {});

    bool has(const char* name) const { return find(name) != nullptr; }
    const nlohmann::json* find(const char* name) const;  // null: absent
    // Nothing when it is absent or wrong; the wrong one is noted.
    const nlohmann::json* object(const char* name) const;
    std::optional<std::string> text(const char* name, std::size_t characters_max) const;
    std::optional<std::int64_t> integer(const char* name, std::int64_t least, std::int64_t most)
        const;
    std::optional<double> number(const char* name, double least, double most) const;
    std::optional<bool> boolean(const char* name) const;

    void fault(const char* name, std::string_view rule) const;
    void require(const char* name) const;  // a fault when it is absent

private:
    const nlohmann::json& object_;
    infobip_faults& faults_;
    std::string prefix_;
};

}  // namespace pinwire::api
