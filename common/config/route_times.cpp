#include "common/config/route_times.hpp"

namespace pinwire::config {

request_times times_of(const settings& all, const route_settings& route) {
    request_times made;
    if (const auto found = all.carriers.find(route.carrier); found != all.carriers.end()) {
        made.connect = found->second.connect_timeout;
        made.answer = found->second.answer_timeout;
    }
    if (route.connect_timeout.count() > 0) made.connect = route.connect_timeout;
    if (route.answer_timeout.count() > 0) made.answer = route.answer_timeout;
    return made;
}

}  // namespace pinwire::config
