// Whatever a carrier answers to a send: a class, a bounded word, and an id only if it was taken.
// carrier_harness.hpp says what the first bytes choose.
#include "tests/fuzz/carrier_harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pinwire::carriers::harness::feed_answer({reinterpret_cast<const char*>(data), size});
    return 0;
}
