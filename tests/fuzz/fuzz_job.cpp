// Whatever stands in pin.jobs: it is a job or an error that names a field; and a job survives its
// way through the database unchanged.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/core/job_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto at = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));
    const auto job = pinwire::decode_job(bytes, at);
    if (!job) {
        if (job.error().reason.empty()) std::abort();
        return 0;
    }
    const auto again = pinwire::from_spec(pinwire::to_spec(*job));
    if (pinwire::content_hash(again, "") != pinwire::content_hash(*job, "")) std::abort();
    return 0;
}
