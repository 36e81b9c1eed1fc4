// Whatever a carrier answers when it is asked what became of an attempt: found with a bounded id,
// absent only where somebody vouches for the list, else unknown with a word that quotes nothing.
// carrier_harness.hpp says what the first bytes choose.
#include "tests/fuzz/carrier_harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    pinwire::carriers::harness::feed_inquiry({reinterpret_cast<const char*>(data), size});
    return 0;
}
