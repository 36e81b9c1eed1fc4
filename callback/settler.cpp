#include "callback/settler.hpp"

#include <algorithm>

#include "callback/cut_letter.hpp"
#include "common/kafka/topics.hpp"
#include "common/postgres/settles.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"

namespace pinwire::callback {
namespace {

using postgres::session;
using std::chrono::steady_clock;

constexpr auto again_after = std::chrono::milliseconds(250);
// A call of the database's for one row costs as much as for ten: when DLRs come fast, some are let
// gather.
constexpr std::size_t rest_from = 4;
constexpr std::chrono::milliseconds rest_max{10};
constexpr auto mark_every = std::chrono::seconds(1);
constexpr auto park_again = std::chrono::seconds(2);
constexpr int parked_max = 200;
constexpr int parked_rounds = 10;  // without a rest

}  // namespace

settler::settler(
    executor ex,
    const config::settings& settings,
    const key_ring& keys,
    kafka::producer& producer,
    postgres::executor& database,
    epoch_id epoch,
    figures& counts,
    kafka::consumer_callbacks on_kafka,
    after_commit after
)
    : settings_(settings),
      keys_(keys),
      producer_(producer),
      database_(database),
      epoch_(epoch),
      figures_(counts),
      after_(std::move(after)),
      kafka_thread_("kafka-topics"),
      consumer_(
          ex,
          upkeep::kafka_settings_of(settings),
          upkeep::consumer_settings_of(
              settings, settings.kafka.callback_group, settings.kafka.topics.dlrs
          ),
          std::move(on_kafka)
      ) {}

settler::~settler() = default;

std::int64_t settler::lag() const {
    std::int64_t sum = 0;
    for (const auto& one : consumer_.lag())
        sum += one.lag;
    return sum;
}

awaitable<void> settler::run() {
    const auto most = static_cast<std::size_t>(settings_.callback.settle_batch);
    for (;;) {
        auto records = co_await consumer_.next(most);
        if (records.empty()) co_return;
        const auto count = records.size();
        steady_clock::duration took{};
        try {
            took = co_await settle(std::move(records));
        } catch (const postgres::database_error&) {
            if (!database_.stopping()) throw;
            co_return;  // the service ends; the offsets aren't stored, the next one settles them
        }
        if (count >= rest_from && count < most)
            co_await sleep_for(std::min<steady_clock::duration>(took, rest_max));
    }
}

awaitable<steady_clock::duration> settler::settle(std::vector<kafka::record> records) {
    const auto began = steady_clock::now();
    const auto batch = read_batch(records, database_clock::now());
    for (const auto index : batch.undecodable)
        co_await bury(records[index], "undecodable");
    postgres::settle_answer answer;
    std::vector<postgres::bad_row> bad;
    auto work = [this, &batch, &answer, &bad] { answer = write(batch, bad); };
    kill_point("callback.before_settle");
    co_await run_on(database_.thread(), std::move(work));
    kill_point("callback.after_settle");
    for (const auto& row : bad) {
        kafka::record refused;
        refused.topic = settings_.kafka.topics.dlrs;
        refused.payload = batch.entries[row.index].entry;
        // what was folded of several is none of theirs
        const auto from = std::find_if(records.begin(), records.end(), [&](const auto& one) {
            return one.payload == refused.payload;
        });
        if (from != records.end()) refused.headers = from->headers;
        co_await bury(std::move(refused), "refused_by_database_" + row.sqlstate);
    }
    for (const auto& record : records)
        consumer_.done(record);
    figures_.settled.add(answer.matched);
    figures_.parked.add(answer.parked);
    const auto took = steady_clock::now() - began;
    figures_.settle_seconds.observe(std::chrono::duration<double>(took).count());
    after_.hand_over(std::move(answer.reports));
    after_.committed();
    co_return took;
}

// On the database's thread. The marks are written last: what they say must be true of every piece.
postgres::settle_answer settler::write(
    const dlr_batch& batch, std::vector<postgres::bad_row>& bad
) {
    postgres::settle_answer all;
    bool history_written = false;
    bool marked = false;
    const auto add = [&all](postgres::settle_answer got) {
        all.matched += got.matched;
        all.parked += got.parked;
        all.reports.insert(all.reports.end(), got.reports.begin(), got.reports.end());
    };
    bad = postgres::run_batch(
        database_,
        std::span<const postgres::dlr_entry>(batch.entries),
        [&](session& db, std::span<const postgres::dlr_entry> part) {
            const bool whole = part.size() == batch.entries.size();
            postgres::settle_request request;
            request.entries.assign(part.begin(), part.end());
            if (!history_written) request.history = batch.history;
            if (whole) request.marks = batch.marks;
            request.lease = settings_.callback.reports.lease;
            add(postgres::settle(db, epoch_, request));
            history_written = true;
            marked = marked || whole;
        }
    );
    if (marked || batch.marks.empty()) return all;
    const int once[] = {0};
    postgres::run_batch(
        database_,
        std::span<const int>(once),
        [&](session& db, std::span<const int>) {
            postgres::settle_request request;
            request.marks = batch.marks;
            postgres::settle(db, epoch_, request);
        }
    );
    return all;
}

// What can't be settled is kept, sealed: it may quote anything.
awaitable<void> settler::bury(kafka::record record, std::string reason) {
    figures_.settle_dead.add();
    telemetry::log_warn(
        "dlr_dead", {{"reason", reason}, {"partition", record.partition}, {"offset", record.offset}}
    );
    kafka::message letter;
    letter.topic = settings_.kafka.topics.dlrs_dead;
    letter.key = record.key;
    const secret body(std::move(record.payload).value_or(std::string()));
    letter.payload = keys_.seal(body, "dlr:settle", random_bytes<12>());
    kafka::header why;
    why.name = "x-reason";
    why.value = std::move(reason);
    letter.headers.push_back(std::move(why));
    for (auto& header : record.headers) {
        if (header.name.starts_with("pinwire-")) letter.headers.push_back(std::move(header));
    }
    for (bool cut = false;;) {
        auto copy = letter;
        const auto result = co_await producer_.produce(std::move(copy));
        if (result.ok) kill_point("callback.after_bury");
        if (result.ok || (result.is_too_large && cut)) co_return;
        if (result.is_too_large) {
            const secret beginning(beginning_of(body.reveal()));
            letter.payload = keys_.seal(beginning, "dlr:settle", random_bytes<12>());
            note_cut(letter, body.reveal());
            cut = true;
            continue;
        }
        telemetry::log_limited(
            telemetry::log_level::error,
            "dead letter",
            "dead_letter_not_taken",
            {{"topic", letter.topic}, {"error", result.name}}
        );
        co_await sleep_for(again_after);
    }
}

awaitable<void> settler::mark() {
    for (;;) {
        co_await sleep_for(mark_every);
        std::vector<kafka::message> markers;
        for (const auto& at : consumer_.assigned()) {
            kafka::message marker;
            marker.topic = at.topic;
            marker.partition = at.partition;
            marker.payload = encode_dlr_marker(database_clock::now());
            markers.push_back(std::move(marker));
        }
        if (!markers.empty()) co_await producer_.produce_all(std::move(markers));
    }
}

// What was taken, and what came of it.
struct settler::parked_round {
    std::size_t taken = 0;
    postgres::settle_answer answer;
};

settler::parked_round settler::try_parked(session& db) const {
    parked_round made;
    const auto rows = postgres::take_parked(db, parked_max, park_again);
    made.taken = rows.size();
    std::vector<postgres::parked_entry> entries;
    for (const auto& row : rows) {
        const auto read = decode_dlr(row.entry);
        if (!read) continue;
        postgres::parked_entry one;
        one.id = row.id;
        one.dlr = entry_of(*read, row.entry);
        entries.push_back(std::move(one));
    }
    const auto lease = settings_.callback.reports.lease;
    if (!entries.empty()) made.answer = postgres::settle_parked(db, epoch_, entries, lease);
    return made;
}

awaitable<void> settler::settle_parked() {
    int rounds = 0;
    for (;;) {
        if (rounds == 0) co_await sleep_for(mark_every);
        auto work = [this] {
            return database_.here([this](session& db) { return try_parked(db); });
        };
        bool more = false;
        try {
            auto got = co_await run_on(database_.thread(), std::move(work));
            more = got.taken == static_cast<std::size_t>(parked_max);
            if (got.answer.matched > 0) kill_point("callback.after_unpark");
            figures_.unparked.add(got.answer.matched);
            if (got.answer.matched > 0) after_.committed();
            after_.hand_over(std::move(got.answer.reports));
        } catch (const postgres::database_error&) {
            // the next round finds them again
        }
        // those of nobody, however many, must not keep the others waiting
        rounds = more ? (rounds + 1) % parked_rounds : 0;
    }
}

awaitable<void> settler::count_partitions() {
    for (;;) {
        auto ask = [kafka = upkeep::kafka_settings_of(settings_),
                    topic = settings_.kafka.topics.dlrs] {
            return kafka::describe_topics(kafka, {topic}, std::chrono::seconds(5));
        };
        bool known = false;
        try {
            const auto found = co_await run_on(kafka_thread_, std::move(ask));
            const int count = found.empty() ? 0 : found.front().partitions;
            if (count > 0) {
                auto note = [count](session& db) { postgres::settled_partitions(db, count); };
                co_await database_.run(std::move(note));
                known = true;
            }
        } catch (const std::runtime_error&) {
            // Kafka or Postgres is away: readiness says so
        }
        co_await sleep_for(known ? std::chrono::seconds(30) : std::chrono::seconds(1));
    }
}

}  // namespace pinwire::callback
