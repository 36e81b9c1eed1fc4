// Which instance this is: the state directory's identity, and the lock that says it runs only once.
// A restarted instance that gets the lock may declare its predecessor dead at once; so a copy of
// the directory on another machine, whose lock is another one, must not have the same identity.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace pinwire::upkeep {

// 32 hex digits that differ from machine to machine: a digest, for a machine's id is to be kept to
// itself. Both are taken, for a clone often keeps one of the two; a container may lack the id.
std::string machine_mark(std::string_view machine_id, std::string_view host_name);
// Of /etc/machine-id and the host name, as they are now.
std::string this_machine();

class instance_lock {
public:
    // Creates the directory's identity on first use, and a fresh one where the directory's was made
    // on another machine; one that says nothing of its machine (an older version's) is taken over.
    // Throws std::runtime_error: the directory can't be written, or another process holds the lock
    // (its pid is named).
    instance_lock(
        const std::filesystem::path& directory,
        const std::string& name,
        const std::string& machine = this_machine()
    );
    ~instance_lock();
    instance_lock(const instance_lock&) = delete;
    instance_lock& operator=(const instance_lock&) = delete;

    // name and identity: the same for each life of this instance on this machine, and for no other.
    const std::string& identity() const noexcept { return identity_; }
    // The instance's own, in the state directory.
    const std::filesystem::path& directory() const noexcept { return directory_; }

private:
    int file_ = -1;
    std::string identity_;
    std::filesystem::path directory_;
};

}  // namespace pinwire::upkeep
