// Whatever a carrier answers when it is asked for the operator's credit: a finite amount with a
// bounded currency, or nothing.
#include "tests/fuzz/carrier_harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pinwire::carriers::harness::feed_balance({reinterpret_cast<const char*>(data), size});
    return 0;
}
