// Whatever stands in pin.dlrs and pin.events: an error that names a field, or a value that can be
// written and read again the same.
#include <cstdint>
#include <string>

#include "common/core/dlr.hpp"
#include "common/core/event.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pinwire;
    using fuzz::must;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto read = decode_dlr(bytes)) {
        const auto written = encode_dlr(*read);
        const auto again = decode_dlr(written);
        must(again && encode_dlr(*again) == written);
    } else {
        must(!read.error().empty());
    }
    if (const auto at = decode_dlr_marker(bytes))
        must(decode_dlr_marker(encode_dlr_marker(*at)) == at);
    if (const auto read = decode_event(bytes)) {
        const auto written = encode_event(*read);
        const auto again = decode_event(written);
        must(again && encode_event(*again) == written);
    } else {
        must(!read.error().empty());
    }
    return 0;
}
