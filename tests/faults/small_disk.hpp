// A file system of a few MB with a tablespace of a PostgreSQL on it. Needs root (mount); where that
// is not given, made() is false and says why. Gone with the object, after the database in it.
#pragma once

#include <string>

#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

class small_disk {
public:
    // `maintenance`: a superuser's conninfo of a PostgreSQL on this machine.
    small_disk(std::string maintenance, int megabytes);
    ~small_disk();
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    bool made() const { return why_not_.empty(); }
    const std::string& why_not() const { return why_not_; }
    // Nobody may be connected to it.
    void move_here(const std::string& database) const;

private:
    std::string maintenance_;
    temp_dir directory_;
    std::string tablespace_ = unique_name("small");
    std::string why_not_;
};

}  // namespace pinwire::test
