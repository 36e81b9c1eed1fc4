// Infobip's calls on applications and message templates: create, list, get, update. An update
// changes what it names. Loop thread.
#pragma once

#include "api/caller.hpp"
#include "api/infobip/applications.hpp"
#include "api/infobip/route.hpp"
#include "api/ports.hpp"

namespace pinwire::api {

class infobip_configuration {
public:
    explicit infobip_configuration(template_store& store) : store_(store) {}

    // Of the endpoints applications, application, messages and message, with a method of theirs.
    awaitable<http::response> run(const caller&, const infobip_route&, const call&);

private:
    awaitable<http::response> list_applications(const caller&, const infobip_route&);
    awaitable<http::response> create_application(const caller&, const infobip_route&, const call&);
    awaitable<http::response> one_application(const caller&, const infobip_route&, const call&);
    awaitable<http::response> list_messages(const caller&, const infobip_route&);
    awaitable<http::response> create_message(const caller&, const infobip_route&, const call&);
    awaitable<http::response> one_message(const caller&, const infobip_route&, const call&);

    template_store& store_;
};

}  // namespace pinwire::api
