#include "cli/job_fields.hpp"

#include <nlohmann/json.hpp>

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

template <class Value>
void add(ordered_json& job, const std::map<std::string, Value>& fields) {
    for (const auto& [name, value] : fields) {
        const auto dot = name.find('.');
        if (dot == std::string::npos) {
            job[name] = value;
        } else {
            job[name.substr(0, dot)][name.substr(dot + 1)] = value;
        }
    }
}

}  // namespace

std::string to_job_json(const job_fields& fields) {
    ordered_json job = ordered_json::object();
    add(job, fields.texts);
    add(job, fields.integers);
    add(job, fields.numbers);
    add(job, fields.flags);
    return job.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace pinwire::cli
