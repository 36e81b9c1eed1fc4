// What the handset's owner reads or hears: the job's text with the PIN in its place. The result is
// a secret, the only clear copy; intermediate buffers are sized beforehand so that growing leaves
// no copies behind. Pure.
#pragma once

#include "common/core/job.hpp"
#include "common/core/secret.hpp"
#include "common/core/sms_encoding.hpp"

namespace pinwire {

// As it goes out. A 360NRS text is transliterated if that makes it fit GSM-7, else it stays as
// written (and goes as UCS-2).
secret render_sms(const job&, const secret& pin);

// As it is spoken: the PIN's characters one by one with the pauses of the job's language ("1, 2,
// 3", "1、2、3"), the whole said twice.
secret spoken_text(const job&, const secret& pin);

}  // namespace pinwire
