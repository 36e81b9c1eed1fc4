// Which instance this is: the state directory's identity, and the lock that says it runs only once.
// A restarted instance that gets the lock may declare its predecessor dead at once.
#pragma once

#include <filesystem>
#include <string>

namespace pinwire::upkeep {

class instance_lock {
public:
    // Creates the directory's identity on first use. Throws std::runtime_error: the directory can't
    // be written, or another process holds the lock (its pid is named).
    instance_lock(const std::filesystem::path& directory, const std::string& name);
    ~instance_lock();
    instance_lock(const instance_lock&) = delete;
    instance_lock& operator=(const instance_lock&) = delete;

    // name and identity: the same for each life of this instance, and for no other.
    const std::string& identity() const noexcept { return identity_; }
    // The instance's own, in the state directory.
    const std::filesystem::path& directory() const noexcept { return directory_; }

private:
    int file_ = -1;
    std::string identity_;
    std::filesystem::path directory_;
};

}  // namespace pinwire::upkeep
