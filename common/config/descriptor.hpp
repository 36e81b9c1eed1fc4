// A file descriptor that is closed at the end of its scope, whatever happens. One owner.
#pragma once

#include <unistd.h>

namespace pinwire {

class descriptor {
public:
    explicit descriptor(int fd) : fd_(fd) {}  // below 0: there is none
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

}  // namespace pinwire
