// An instance runs once, and keeps its identity from life to life.
#include "common/upkeep/instance.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>

#include "tests/support/temp_dir.hpp"

namespace pinwire::upkeep {
namespace {

std::string failure(const std::filesystem::path& directory, const std::string& name) {
    try {
        const instance_lock lock(directory, name);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

TEST(InstanceLock, TheSameInstanceHasTheSameIdentityInItsNextLife) {
    const pinwire::test::temp_dir directory;
    auto first = std::make_unique<instance_lock>(directory.path(), "worker-1");
    const auto identity = first->identity();
    first.reset();
    EXPECT_EQ(instance_lock(directory.path(), "worker-1").identity(), identity);
}

TEST(InstanceLock, InstancesDifferByNameAndByDirectory) {
    const pinwire::test::temp_dir here;
    const pinwire::test::temp_dir there;
    const instance_lock first(here.path(), "worker-1");
    const instance_lock second(here.path(), "worker-2");
    const instance_lock third(there.path(), "worker-1");
    EXPECT_NE(first.identity(), second.identity());
    EXPECT_NE(first.identity(), third.identity());
}

TEST(InstanceLock, ASecondLifeAtTheSameTimeIsRefusedAndTheHolderNamed) {
    const pinwire::test::temp_dir directory;
    const instance_lock held(directory.path(), "worker-1");
    const auto why = failure(directory.path(), "worker-1");
    EXPECT_NE(why.find("pid " + std::to_string(::getpid())), std::string::npos) << why;
}

TEST(InstanceLock, ADirectoryThatCannotBeIsNamed) {
    const auto why = failure("/dev/null/state", "worker-1");
    EXPECT_NE(why.find("/dev/null/state"), std::string::npos) << why;
}

}  // namespace
}  // namespace pinwire::upkeep
