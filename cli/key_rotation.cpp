#include "cli/key_rotation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "cli/database_command.hpp"
#include "cli/key_holders.hpp"
#include "cli/output.hpp"
#include "cli/ring_file.hpp"
#include "cli/settings_file.hpp"
#include "cli/times.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/ring_steps.hpp"
#include "common/core/time_format.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

using clock = std::chrono::system_clock;

ring_step must(ring_answer answer) {
    if (auto* why = std::get_if<std::string>(&answer)) throw failure(exit_code::wrong, *why);
    return std::move(std::get<ring_step>(answer));
}

template <class Step>
ring_step step_of(const std::filesystem::path& file, Step take) {
    try {
        return must(take());
    } catch (const failure&) {
        throw;
    } catch (const std::runtime_error& error) {  // it is no ring, or --id is no key's
        throw failure(exit_code::wrong, fmt::format("{}: {}", file.string(), error.what()));
    }
}

std::string list_of(const std::vector<std::string>& lines) {
    std::string made;
    for (const auto& line : lines)
        made += "\n  " + line;
    return made;
}

// Nobody may meet a token or a PIN under a key that it hasn't got.
void expect_spread(const std::vector<key_holder>& all, const key_id& key) {
    if (all.empty()) {
        throw failure(
            exit_code::wrong,
            "no process has said within the hour that it lives, so none is known to have key " +
                key.str() +
                ": start them, or say --force if all of them read this ring when they start"
        );
    }
    std::vector<std::string> without;
    for (const auto& one : all) {
        if (!one.holds(key)) without.push_back(one.name());
    }
    if (without.empty()) return;
    throw failure(
        exit_code::wrong,
        fmt::format(
            "key {} isn't with everybody: these would answer 503 to delivery reports under it, and "
            "couldn't open its PINs. Give them the ring and restart them (one that is silent and "
            "gone for good counts for an hour):{}",
            key.str(),
            list_of(without)
        )
    );
}

// Two rings that were rotated apart: what one process seals another couldn't open, though it has a
// key of that name.
void expect_same_keys(const std::vector<key_holder>& all, const key_ring& ring) {
    std::vector<std::string> others;
    for (const auto& one : all) {
        if (const auto key = one.differs_from(ring))
            others.push_back(fmt::format("{}: key {}", one.name(), key->str()));
    }
    if (others.empty()) return;
    throw failure(
        exit_code::wrong,
        fmt::format(
            "these hold another key than this ring does, by the same name. Give all of them one "
            "ring and restart them:{}",
            list_of(others)
        )
    );
}

// Nothing may be sealed under it, nobody may go on sealing with it, and what the last one sealed
// must be gone: its tokens, and what stands in Kafka.
void expect_unneeded(
    postgres::session& on, const key_id& key, clock::time_point now, std::chrono::milliseconds rest
) {
    std::vector<std::string> reasons;
    for (const auto& one : key_holders(on)) {
        if (one.seals_with(key)) reasons.push_back(one.name() + " still seals with it: restart it");
    }
    const auto last = last_sealed_with(on, key);
    if (reasons.empty() && last && last->at + rest > now) {
        reasons.push_back(fmt::format(
            "{} sealed with it until {}: tokens, and what stands in Kafka, may need it until {}",
            last->who,
            time_text(last->at),
            time_text(last->at + rest)
        ));
    }
    for (const auto& one : sealed_under(on, key))
        reasons.push_back(fmt::format("{}: {}", one.what, one.count));
    if (reasons.empty()) return;
    throw failure(
        exit_code::wrong,
        fmt::format("key {} is still needed, and stays:{}", key.str(), list_of(reasons))
    );
}

// So long after a key stopped something of it may stand in Kafka or with a carrier.
std::chrono::milliseconds rest_of(const config::settings& settings) {
    const auto& topics = settings.kafka.topics;
    return std::max(
        {std::chrono::milliseconds(token_life),
         topics.jobs_retention + topics.jobs_dead_retention,
         topics.dlrs_dead_retention,
         settings.postgres.dedupe_horizon}
    );
}

void tell(
    const common_options& common,
    const rotate_options& options,
    const ring_step& step,
    const char* what,
    const std::string& next
) {
    if (!common.json) return print(next);
    nlohmann::ordered_json answer;
    answer["file"] = options.file.string();
    answer["step"] = what;
    answer["key"] = step.key.str();
    answer["before"] = step.before.str();
    answer["next"] = next;
    print_json(answer);
}

// Random: two rings that were rotated apart must not call different keys by one name.
std::string new_key_id() {
    constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
    std::string made;
    for (const auto byte : random_bytes<6>())
        made += letters[byte % letters.size()];
    return made;
}

constexpr const char* everywhere =
    "1. Copy the ring to every machine that runs Pinwire, and to where its copy is kept.\n"
    "2. Restart every service, one after the other: pinwire-worker@*, pinwire-callback,\n"
    "   pinwire-api (under systemd a reload doesn't read a credential anew).\n";

exit_code spread(const common_options& common, const rotate_options& options) {
    const key_id fresh(options.id.empty() ? new_key_id() : options.id);
    ring_file file(options.file);
    const auto step = step_of(options.file, [&] {
        return spread_key(file.text().reveal(), fresh, random_bytes<32>());
    });
    file.replace(step.text);
    const auto next = fmt::format(
        "Key {} is spread: who reads {} opens and verifies with it; {} goes on sealing.\n{}"
        "3. pinwire keys rotate --file {} --use\n   It asks the database whether every process has "
        "the key.\n",
        step.key.str(),
        options.file.string(),
        step.before.str(),
        everywhere,
        options.file.string()
    );
    tell(common, options, step, "spread", next);
    return exit_code::ok;
}

exit_code use(
    const common_options& common, const rotate_options& options, const std::optional<key_id>& id
) {
    const auto rest = rest_of(load_settings(common, {}));
    ring_file file(options.file);
    const auto now = clock::now();
    const auto step = step_of(options.file, [&] { return use_key(file.text().reveal(), id, now); });
    if (!options.force) {
        with_database(common, options.database, [&](postgres::session& on) {
            const auto all = key_holders(on);
            expect_spread(all, step.key);
            expect_same_keys(all, key_ring::parse(step.text.reveal()));
        });
    }
    file.replace(step.text);
    const auto next = fmt::format(
        "Key {} seals and signs for whoever reads {} from now on. {} opens what it sealed, and\n"
        "verifies delivery reports' tokens until {}.\n{}"
        "   Within the week: what still signs with {} then is refused.\n"
        "3. Not before {}: pinwire keys rotate --file {} --drop\n"
        "   It counts from the last process that sealed with {}, and refuses while something needs "
        "it;\n   a key that stays in the ring does no harm.\n",
        step.key.str(),
        options.file.string(),
        step.before.str(),
        time_text(now + token_life),
        everywhere,
        step.before.str(),
        time_text(now + rest),
        options.file.string(),
        step.before.str()
    );
    tell(common, options, step, "use", next);
    return exit_code::ok;
}

exit_code drop(
    const common_options& common, const rotate_options& options, const std::optional<key_id>& id
) {
    const auto rest = rest_of(load_settings(common, {}));
    ring_file file(options.file);
    const auto step = step_of(options.file, [&] {
        return drop_key(file.text().reveal(), id, clock::now(), rest);
    });
    with_database(common, options.database, [&](postgres::session& on) {
        expect_unneeded(on, step.key, clock::now(), rest);
    });
    file.replace(step.text);
    const auto next = fmt::format(
        "Key {} is gone from {}. Keep it with the copies for as long as you keep backups of its\n"
        "time. Copy the ring to every machine; services take it with their next restart.\n",
        step.key.str(),
        options.file.string()
    );
    tell(common, options, step, "drop", next);
    return exit_code::ok;
}

}  // namespace

exit_code rotate_keys(const common_options& common, const rotate_options& options) {
    std::optional<key_id> id;
    if (!options.id.empty()) id = key_id(options.id);
    if (options.use) return use(common, options, id);
    if (options.drop) return drop(common, options, id);
    return spread(common, options);
}

}  // namespace pinwire::cli
