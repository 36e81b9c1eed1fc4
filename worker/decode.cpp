#include "worker/decode.hpp"

#include <charconv>

#include "common/core/job_codec.hpp"
#include "common/core/pin.hpp"

namespace pinwire::worker {
namespace {

dead_letter letter(std::string reason, std::string field, std::string rule, const job& about) {
    dead_letter made;
    made.reason = std::move(reason);
    made.field = std::move(field);
    made.rule = std::move(rule);
    made.account = about.account.str();
    made.job_id = about.id.str();
    return made;
}

// Nothing that a job may say itself.
const job_defaults no_text{{}, {}};

// The account's own, or the dialect's.
void fill_in_text(job& of, const config::account_settings& account) {
    if (!of.text.empty()) return;
    const job_defaults standard;
    const bool nrs = of.dialect == dialect::nrs360;
    const auto& own = nrs ? account.text_360nrs : account.text_infobip;
    of.text = !own.empty() ? own : nrs ? standard.text_360nrs : standard.text_infobip;
}

// Of an API process: whatever else stands there, nobody waits for it.
std::string waiter_of(const kafka::record& record) {
    const auto* said = record.find_header("pinwire-waiter");
    const auto epoch = said == nullptr ? std::nullopt : epoch_id::parse(*said);
    return epoch ? epoch->hex() : std::string();
}

// A replayed dead letter keeps its origin's timestamp, so that the dedupe horizon still holds for
// it.
wall_time origin_time(const kafka::record& record) {
    const auto* said = record.find_header("x-orig-timestamp");
    if (said == nullptr) return record.timestamp;
    long long ms = 0;
    const auto read = std::from_chars(said->data(), said->data() + said->size(), ms);
    if (read.ec != std::errc{} || ms <= 0) return record.timestamp;
    const auto recorded =
        std::chrono::duration_cast<std::chrono::milliseconds>(record.timestamp.time_since_epoch());
    // a stranger's number, compared before it becomes a time: it may be no time at all
    return ms < recorded.count() ? wall_time(std::chrono::milliseconds(ms)) : record.timestamp;
}

// Opens a producer's own code to see that it is one for this job; the digest of what is in it
// counts as content.
std::optional<dead_letter> digest_of_sealed(
    const job& of, const key_ring& keys, std::string& digest
) {
    if (of.pin_sealed.empty()) return std::nullopt;
    const auto context = key_ring::pin_context(of.account, *of.pin, of.to);
    const auto clear = keys.unseal(of.pin_sealed, context);
    if (!clear) {
        const bool unknown = clear.error() == unseal_error::unknown_key;
        return letter(
            unknown ? "unknown_key" : "bad_seal",
            "pin.sealed",
            "v1.KID.base64url(nonce, ciphertext, tag) under a key of the ring, bound to account, "
            "pin_id and number",
            of
        );
    }
    if (!fits(of.pin_or_default(), *clear)) {
        return letter("bad_value", "pin.sealed", "a code that fits pin.type and pin.length", of);
    }
    digest = keys.digest(*clear, context, of.pin_sealed);
    return std::nullopt;
}

}  // namespace

std::variant<arrived, dead_letter> decode(
    const kafka::record& record,
    const config::settings& settings,
    const upkeep::account_book& accounts,
    const key_ring& keys,
    wall_time now
) {
    const auto recorded_at = origin_time(record);
    const auto bytes = record.payload ? *record.payload : std::string_view();
    auto read = decode_job(bytes, recorded_at, no_text);
    if (read.has_error()) {
        const auto& error = read.error();
        dead_letter made;
        made.reason = error.reason;
        made.field = error.field;
        made.rule = error.rule;
        made.account = error.account;
        made.job_id = error.job_id;
        return made;
    }
    const auto account = accounts.find(read->account);
    if (!account) {
        return letter(
            std::string(unknown_account),
            "account",
            "an account of [accounts] or of the tables",
            *read
        );
    }
    if (account->suspended) {
        return letter("account_suspended", "account", "an account that isn't suspended", *read);
    }
    arrived made;
    made.job = std::move(*read);
    fill_in_text(made.job, *account);
    std::string digest;
    if (auto bad = digest_of_sealed(made.job, keys, digest)) return *bad;
    made.content_hash = content_hash(made.job, digest);
    made.waiter = waiter_of(record);
    if (recorded_at + settings.postgres.dedupe_horizon < now) {
        made.too_late = true;
        made.late_reason = "beyond_dedupe_horizon";
    } else if (made.job.send_by() <= now) {
        made.too_late = true;
        made.late_reason = "expired";
    }
    made.record = record;
    return made;
}

}  // namespace pinwire::worker
