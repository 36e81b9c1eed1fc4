// A service that runs on this machine, found by its instance's lock: the process that holds it can
// be signalled without ever meeting a stranger, because it is held by a descriptor and not by a
// number.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pinwire::cli {

class running_instance {
public:
    // Nobody holds that directory's lock: none. Throws failure: it may not be looked at.
    static std::optional<running_instance> find(const std::filesystem::path& directory);

    running_instance(running_instance&&) noexcept;
    running_instance& operator=(running_instance&&) = delete;
    ~running_instance();

    const std::string& name() const { return name_; }
    pid_t pid() const { return pid_; }
    void signal(int which) const;  // throws failure
    // True: it has ended. False: the time is over.
    bool wait_for_end(std::chrono::milliseconds limit) const;

private:
    running_instance(std::string name, pid_t pid, int descriptor)
        : name_(std::move(name)), pid_(pid), descriptor_(descriptor) {}

    std::string name_;
    pid_t pid_ = -1;
    int descriptor_ = -1;
};

// Of all directories below state_dir that have a lock, by name.
std::vector<running_instance> running_instances(const std::filesystem::path& state_dir);

}  // namespace pinwire::cli
