// Asking a carrier what became of an attempt in doubt: the part of send_step that sends nothing. A
// question needs the text where the carrier's list has nothing better to know a message by.
#include "common/carriers/carrier.hpp"
#include "common/core/message_text.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/random.hpp"
#include "worker/send.hpp"

namespace pinwire::worker {

std::chrono::milliseconds send_step::patience_of(const attempt_work& work) const {
    const auto within = times_of(work);
    auto patience = settings_.worker.timing.stale_after + within.connect + within.answer;
    if (const auto* carrier = carrier_of(work.carrier))
        patience += carrier->config().idempotency_window;
    return patience;
}

carriers::inquiry send_step::inquiry_of(const attempt_work& work) const {
    carriers::inquiry made;
    made.attempt = work.id;
    made.channel = work.job.channel;
    made.to = work.job.to;
    made.began = work.started_at;
    made.patience = patience_of(work);
    made.now = database_clock::now();
    made.nonce = random_bytes<16>();
    const auto clear =
        keys_.unseal(work.sealed, key_ring::pin_context(work.job.account, work.pin, work.job.to));
    if (clear && work.job.channel == channel::sms) made.text = render_sms(work.job, *clear);
    return made;
}

bool send_step::can_ask(const attempt_work& work) const {
    const auto* carrier = carrier_of(work.carrier);
    return carrier != nullptr && carrier->to_inquiry(inquiry_of(work)).has_value();
}

awaitable<carriers::inquiry_answer> send_step::ask(const attempt_work& work) {
    carriers::inquiry_answer said;
    said.word = "carrier_gone";
    const auto* carrier = carrier_of(work.carrier);
    if (carrier == nullptr) co_return said;
    const auto about = inquiry_of(work);
    auto request = carrier->to_inquiry(about);
    if (!request) co_return said;
    auto got = co_await gateway_.ask_carrier(work.carrier, std::move(*request));
    if (!got.answered()) {
        said.word = std::string(http::to_string(got.why));
        co_return said;
    }
    co_return carrier->read_inquiry(http::to_core(std::move(got.answer)), about);
}

}  // namespace pinwire::worker
