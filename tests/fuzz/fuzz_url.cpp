// A stranger's report_url: what is read can be written and read again, and says the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/core/form.hpp"
#include "common/core/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = pinwire::url::parse(text);
    if (read) {
        const auto again = pinwire::url::parse(read->to_string());
        if (!again || !(*again == *read)) std::abort();
    }
    return 0;
}
