#include "tests/faults/small_disk.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <iostream>

#include "common/postgres/session.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

void execute(const std::string& conninfo, const std::string& sql) {
    postgres::connection_settings how;
    how.conninfo = conninfo;
    how.statement_timeout = 30s;
    postgres::session(how).query(sql);
}

}  // namespace

small_disk::small_disk(std::string maintenance, int megabytes)
    : maintenance_(std::move(maintenance)) {
    const auto path = directory_.path().string();
    const auto size = fmt::format("size={}m", megabytes);
    if (::mount("none", path.c_str(), "tmpfs", 0, size.c_str()) != 0) {
        why_not_ = fmt::format("no file system may be mounted here: {}", std::strerror(errno));
        return;
    }
    const auto* const owner = ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
    if (owner != nullptr && ::chown(path.c_str(), owner->pw_uid, owner->pw_gid) != 0)
        why_not_ = fmt::format("it can't be given to postgres: {}", std::strerror(errno));
    if (!made()) return;
    try {
        execute(maintenance_, fmt::format("create tablespace {} location '{}'", tablespace_, path));
    } catch (const std::exception& error) {
        why_not_ = error.what();
    }
}

small_disk::~small_disk() {
    try {
        if (made()) execute(maintenance_, "drop tablespace " + tablespace_);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
    ::umount2(directory_.path().c_str(), MNT_DETACH);
}

void small_disk::move_here(const std::string& database) const {
    execute(
        maintenance_, fmt::format("alter database {} set tablespace {}", database, tablespace_)
    );
}

}  // namespace pinwire::test
