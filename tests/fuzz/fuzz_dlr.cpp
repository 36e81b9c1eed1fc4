// Whatever an authenticated carrier posts: entries are independent, bounded, and survive their way
// through Kafka. carrier_harness.hpp says what the first bytes choose.
#include "tests/fuzz/carrier_harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pinwire::carriers::harness::feed_report({reinterpret_cast<const char*>(data), size});
    return 0;
}
