// SIGTERM, SIGINT and SIGHUP as something to read, for the whole process and all lives in it: none
// is lost while nobody looks, and none ends the process by itself. Made before any thread starts.
#pragma once

#include <vector>

namespace pinwire::upkeep {

class signal_descriptor {
public:
    signal_descriptor();  // throws std::system_error
    ~signal_descriptor();
    signal_descriptor(const signal_descriptor&) = delete;
    signal_descriptor& operator=(const signal_descriptor&) = delete;

    int get() const noexcept { return descriptor_; }
    // What came since; several of one kind count once.
    std::vector<int> take() const;

private:
    int descriptor_ = -1;
};

}  // namespace pinwire::upkeep
