#include "cli/status.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/story_json.hpp"
#include "cli/story_text.hpp"

namespace pinwire::cli {
namespace {

std::vector<postgres::story> find(postgres::session& on, const status_options& options) {
    std::vector<postgres::story> found;
    const auto add = [&found](std::optional<postgres::story> one) {
        if (one) found.push_back(std::move(*one));
    };
    if (!options.account.empty()) {
        add(postgres::tell_story(on, account_name(options.account), job_id(options.job)));
    } else {
        if (const auto id = message_id::parse(options.job)) add(postgres::tell_story(on, *id));
        if (found.empty()) found = postgres::tell_stories(on, job_id(options.job));
    }
    return found;
}

std::string not_found(const status_options& options) {
    return fmt::format(
        "no job {}{}{}: not accepted yet, a dead letter (`pinwire dead-letters list`), or pruned "
        "after postgres.keep_jobs",
        options.job,
        options.account.empty() ? "" : " of account ",
        options.account
    );
}

}  // namespace

exit_code status(const common_options& common, const status_options& options) {
    auto where = database_of(common, options.database);
    where.statement_timeout = std::chrono::seconds(60);  // a job_id alone is a scan
    const auto session = open_session(where);
    std::vector<postgres::story> found;
    try {
        found = find(*session, options);
    } catch (const postgres::database_error& error) {
        throw explain(error);
    }
    if (found.empty()) throw failure(exit_code::failed, not_found(options));
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (common.json) {
            print_json(story_json(found[i], options.unmask));
        } else {
            print((i == 0 ? "" : "\n") + story_text(found[i], options.unmask));
        }
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
