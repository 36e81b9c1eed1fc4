// An instance runs once, and keeps its identity from life to life.
#include "common/upkeep/instance.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
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

std::string identity_on(const std::filesystem::path& directory, const std::string& machine) {
    return instance_lock(directory, "worker-1", machine).identity();
}

// Two machines from one image would declare each other dead again and again.
TEST(InstanceLock, ACopyOfTheDirectoryOnAnotherMachineIsAnotherInstance) {
    const pinwire::test::temp_dir directory;
    const auto here = machine_mark("1111", "one");
    const auto first = identity_on(directory.path(), here);
    const auto copied = identity_on(directory.path(), machine_mark("2222", "two"));
    EXPECT_NE(copied, first);
    EXPECT_EQ(identity_on(directory.path(), machine_mark("2222", "two")), copied);
}

TEST(InstanceLock, AMachineIsAnotherByItsIdOrByItsName) {
    const auto here = machine_mark("1111", "one");
    EXPECT_EQ(here, machine_mark("1111", "one"));
    EXPECT_NE(here, machine_mark("1111", "two")) << "a clone that kept the id";
    EXPECT_NE(here, machine_mark("2222", "one"));
    EXPECT_NE(machine_mark("", "one"), machine_mark("", "two")) << "without an id";
    EXPECT_EQ(this_machine(), this_machine());
}

TEST(InstanceLock, AnIdentityOfAnOlderVersionIsTakenOverOnce) {
    const pinwire::test::temp_dir directory;
    const std::string id(32, 'c');
    std::filesystem::create_directory(directory.path() / "worker-1");
    std::ofstream(directory.path() / "worker-1" / "instance.lock") << id << " pid 4711";
    const auto here = machine_mark("1111", "one");
    EXPECT_EQ(identity_on(directory.path(), here), "worker-1/" + id);
    EXPECT_EQ(identity_on(directory.path(), here), "worker-1/" + id);
    EXPECT_NE(identity_on(directory.path(), machine_mark("2222", "two")), "worker-1/" + id);
}

TEST(InstanceLock, ASecondLifeAtTheSameTimeIsRefusedAndTheHolderNamed) {
    const pinwire::test::temp_dir directory;
    const instance_lock held(directory.path(), "worker-1");
    const auto why = failure(directory.path(), "worker-1");
    EXPECT_NE(why.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos) << why;
}

TEST(InstanceLock, ADirectoryThatCannotBeIsNamed) {
    const auto why = failure("/dev/null/state", "worker-1");
    EXPECT_NE(why.find("/dev/null/state"), std::string::npos) << why;
}

}  // namespace
}  // namespace pinwire::upkeep
