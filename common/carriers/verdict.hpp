// What a carrier's answer to a send means; the classes are DESIGN section 4's. Pure.
#pragma once

namespace pinwire::carriers {

enum class verdict {
    sent,            // accepted, as the carrier documents it (or proof of an earlier acceptance)
    not_sent_next,   // surely not sent: another route may take it
    not_sent_later,  // surely not sent: this route may take it later (429, throttled, queue full)
    not_sent_final,  // surely not sent, and no route would: bad number, bad content
    in_doubt         // can't be known
};

}  // namespace pinwire::carriers
