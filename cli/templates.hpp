// `pinwire apps|templates list|show`: Infobip's applications and message templates of an account.
// They are made and changed through the API.
#pragma once

#include <string>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct template_options {
    database_options database;
    std::string account;
    std::string application;
    std::string id;
};

exit_code list_apps(const common_options&, const template_options&);
exit_code show_app(const common_options&, const template_options&);
exit_code list_templates(const common_options&, const template_options&);
exit_code show_template(const common_options&, const template_options&);

}  // namespace pinwire::cli
