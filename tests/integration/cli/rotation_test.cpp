// `pinwire keys rotate`: the file that is replaced whole, and what each step asks of the database.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/ring_file.hpp"
#include "common/core/key_fingerprint.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/time_format.hpp"
#include "common/runtime/random.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/child_process.hpp"

namespace pinwire::cli {
namespace {

class Rotation : public cli_test {
protected:
    std::string ring() const { return (directory_ / "ring").string(); }
    std::string text() const { return test::read_file(ring()); }
    key_ring keys() const { return key_ring::parse(text()); }

    ran rotate(std::vector<std::string> more) const {
        std::vector<std::string> all = {"keys", "rotate", "--file", ring()};
        all.insert(all.end(), more.begin(), more.end());
        return run(std::move(all));
    }

    void process(const std::string& name, const std::string& keys, const std::string& more = "") {
        sql(fmt::format(
            "insert into pinwire.process (epoch, program, instance, host, keys, beat_at, dead) "
            "values (gen_random_uuid(), '{0}', '{0}-1/0123', 'box', '{1}', clock_timestamp(), "
            "false); {2}",
            name,
            keys,
            more
        ));
    }
    void old_ring() const {
        const auto line = [](const char* kid, bool active) {
            return key_ring::make_line(key_id(kid), random_bytes<32>(), active);
        };
        auto old = line("old", false);
        old.insert(old.size() - 1, " retired=2026-01-01T00:00:00Z");
        write("ring", old + line("new", true));
    }
};

struct ::stat stat_of(const std::filesystem::path& file) {
    struct ::stat found {};
    EXPECT_EQ(::stat(file.c_str(), &found), 0);
    return found;
}

TEST_F(Rotation, AReplacedRingIsAnotherFileOfTheSameOwnerAndMode) {
    write("ring", text(), 0440);
    const auto before = stat_of(ring());
    std::filesystem::create_symlink(ring(), directory_ / "link");
    ring_file(directory_ / "link").replace(secret("all of it"));
    EXPECT_EQ(text(), "all of it");
    const auto after = stat_of(ring());
    EXPECT_NE(before.st_ino, after.st_ino) << "an open reader keeps what it has";
    EXPECT_EQ(after.st_mode & 07777, 0440U);
    EXPECT_EQ(after.st_uid, before.st_uid);
    EXPECT_EQ(after.st_gid, before.st_gid);
    EXPECT_TRUE(std::filesystem::is_symlink(directory_ / "link"));
    EXPECT_FALSE(std::filesystem::exists(directory_ / ".ring.new"));
}

TEST_F(Rotation, ARingThatCannotBeReplacedStaysAsItWas) {
    const auto before = text();
    std::filesystem::create_directory(directory_ / ".ring.new");
    EXPECT_EQ(rotate({"--id", "k2"}).code, 1);
    EXPECT_EQ(text(), before);
}

TEST_F(Rotation, WhatWasLeftOfAKilledOneIsNoHindrance) {
    write(".ring.new", "half a ri");
    EXPECT_EQ(rotate({"--id", "k2"}).code, 0);
    EXPECT_EQ(keys().ids().size(), 2U);
    EXPECT_FALSE(std::filesystem::exists(directory_ / ".ring.new"));
}

TEST_F(Rotation, TwoAtOnceAreRefusedAndNoneIsLost) {
    ring_file first(ring());
    const auto second = rotate({"--id", "k2"});
    EXPECT_EQ(second.code, 2);
    EXPECT_NE(second.err.find("another process"), std::string::npos) << second.err;
    write("ring.other", text());
    std::filesystem::rename(directory_ / "ring.other", ring());
    EXPECT_THROW(first.replace(secret("stale")), failure);
    EXPECT_EQ(keys().ids().size(), 1U);
}

TEST_F(Rotation, SpreadsAKeyThatNobodyUsesYetAndSaysWhatIsNext) {
    const auto before = text();
    const auto done = rotate({"--id", "k2"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_TRUE(text().starts_with(before));
    EXPECT_EQ(keys().active(), key_id("k1"));
    EXPECT_EQ(keys().ids(), (std::vector{key_id("k1"), key_id("k2")}));
    EXPECT_NE(done.out.find("Restart every service"), std::string::npos) << done.out;
    EXPECT_NE(done.out.find("--use"), std::string::npos) << done.out;
    const auto again = rotate({});
    EXPECT_EQ(again.code, 2);
    EXPECT_NE(again.err.find("k2 is spread"), std::string::npos) << again.err;
}

TEST_F(Rotation, RefusesWrongFilesAndOptionsWithTwo) {
    EXPECT_EQ(run({"keys", "rotate"}).code, 2);
    EXPECT_EQ(rotate({"--use", "--drop"}).code, 2);
    EXPECT_EQ(rotate({"--force"}).code, 2);
    EXPECT_EQ(rotate({"--id", "Not One"}).code, 2);
    EXPECT_EQ(run({"keys", "rotate", "--file", "/no/such/ring"}).code, 2);
    write("ring", text(), 0644);
    const auto open = rotate({});
    EXPECT_EQ(open.code, 2);
    EXPECT_NE(open.err.find("others"), std::string::npos) << open.err;
    write("ring", "no ring at all\n");
    EXPECT_EQ(rotate({}).code, 2);
}

TEST_F(Rotation, UsesAKeyOnlyWhenEveryLivingProcessHasIt) {
    migrate();
    ASSERT_EQ(rotate({"--id", "k2"}).code, 0);
    const auto spread = text();
    const auto nobody = rotate({"--use"});
    EXPECT_EQ(nobody.code, 2);
    EXPECT_NE(nobody.err.find("--force"), std::string::npos) << nobody.err;
    process("worker", "{k1,k2}");
    process("gone", "{k1}", "update pinwire.process set dead = true where program = 'gone'");
    process(
        "buried",
        "{k1}",
        "update pinwire.process set beat_at = clock_timestamp() - interval '2 h'"
        " where program = 'buried'"
    );
    process(
        "callback",
        "{k1}",
        "update pinwire.process set beat_at = clock_timestamp() - interval '5 min'"
        " where program = 'callback'"
    );
    const auto early = rotate({"--use"});
    EXPECT_EQ(early.code, 2);
    EXPECT_NE(early.err.find("callback callback-1 on box (silent"), std::string::npos) << early.err;
    EXPECT_EQ(early.err.find("worker-1"), std::string::npos) << early.err;
    EXPECT_EQ(early.err.find("gone-1"), std::string::npos) << early.err;
    EXPECT_EQ(early.err.find("buried-1"), std::string::npos) << early.err;
    EXPECT_EQ(text(), spread);
    sql("update pinwire.process set keys = '{k1,k2}', beat_at = clock_timestamp()"
        " where program = 'callback'");
    const auto done = rotate({"--use", "--json"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.json()["key"], "k2");
    EXPECT_EQ(done.json()["before"], "k1");
    EXPECT_EQ(keys().active(), key_id("k2"));
    EXPECT_NE(text().find("retired="), std::string::npos);
}

TEST_F(Rotation, IsForcedWithoutADatabase) {
    ASSERT_EQ(rotate({"--id", "k2"}).code, 0);
    EXPECT_EQ(rotate({"--use"}).code, 3);
    EXPECT_EQ(keys().active(), key_id("k1"));
    EXPECT_EQ(rotate({"--use", "--force"}).code, 0);
    EXPECT_EQ(keys().active(), key_id("k2"));
}

TEST_F(Rotation, DropsAKeyOnlyWhenNothingNeedsIt) {
    migrate();
    old_ring();
    const auto whole = text();
    process("worker", "{old,new}");
    sql("insert into pinwire.account (name, webhook_secrets) values"
        " ('acme', '{v1.old.AAAA,v1.new.BBBB}');"
        "insert into pinwire.test_number values ('acme', '34600000001', 'v1.old.AAAA', null, 8);"
        "insert into pinwire.endpoint_setting (account, origin, header, value)"
        " values ('acme', 'https://a.example:443', 'X-Key', 'v1.old.AAAA')");
    const auto needed = rotate({"--drop"});
    EXPECT_EQ(needed.code, 2);
    for (const char* what :
         {"worker-1 on box still seals with it",
          "webhook secrets of account acme",
          "endpoint https://a.example:443",
          "test numbers of account acme"})
        EXPECT_NE(needed.err.find(what), std::string::npos) << what << "\n" << needed.err;
    EXPECT_EQ(text(), whole);
    sql("update pinwire.process set keys = '{new,old}';"
        "delete from pinwire.test_number;"
        "update pinwire.account set webhook_secrets = '{v1.new.BBBB}';"
        "delete from pinwire.endpoint_setting");
    const auto done = rotate({"--drop"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(keys().ids(), std::vector{key_id("new")});
}

TEST_F(Rotation, NamesAProcessThatHoldsAnotherKeyOfThatName) {
    migrate();
    ASSERT_EQ(rotate({"--id", "k2"}).code, 0);
    const auto ring = keys();
    const auto other = key_ring::parse(key_ring::make_line(key_id("k2"), random_bytes<32>(), true));
    const auto marks = [&ring](const key_ring& k2) {
        return fmt::format(
            "{{k1,k2,{},{}}}", key_mark(ring, key_id("k1")), key_mark(k2, key_id("k2"))
        );
    };
    process("worker", marks(ring));
    process("callback", marks(other));
    process("api", "{k1,k2}");
    const auto refused = rotate({"--use"});
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("callback-1 on box: key k2"), std::string::npos) << refused.err;
    EXPECT_EQ(refused.err.find("worker-1"), std::string::npos) << refused.err;
    EXPECT_EQ(refused.err.find("api-1"), std::string::npos) << "of before: " << refused.err;
    sql(fmt::format(
        "update pinwire.process set keys = '{}' where program = 'callback'", marks(ring)
    ));
    EXPECT_EQ(rotate({"--use"}).code, 0);
}

TEST_F(Rotation, CountsFromTheLastProcessThatSealedWithTheKey) {
    migrate();
    old_ring();
    process("worker", "{old,new}", "update pinwire.process set dead = true");
    const auto yesterday = "update pinwire.process set beat_at = now() - interval '1 day'";
    const auto last_week = "update pinwire.process set beat_at = now() - interval '8 days'";
    sql(yesterday);
    const auto early = rotate({"--drop"});
    EXPECT_EQ(early.code, 2);
    EXPECT_NE(early.err.find("worker-1 on box sealed with it until"), std::string::npos)
        << early.err;
    sql("delete from pinwire.process");
    const auto pruned = rotate({"--drop"});
    EXPECT_EQ(pruned.code, 2);
    EXPECT_NE(pruned.err.find("long gone sealed with it until"), std::string::npos) << pruned.err;
    sql("delete from pinwire.ring_key_use");
    process("worker", "{old,new}", last_week);
    sql("delete from pinwire.process");
    EXPECT_EQ(rotate({"--drop"}).code, 0);
}

TEST_F(Rotation, APinThatCanBeSentOrGuessedKeepsItsKey) {
    migrate();
    old_ring();
    sql("insert into pinwire.pin (account, pin_id, msisdn, claim_id, sealed, type, length,"
        " expires_in, max_tries, tries_left, by_number, requested_at, expires_at, guess_mac,"
        " guess_kid) values"
        " ('acme', 'p', '34600000001', gen_random_uuid(), null, 1, 6, 600, 3, 3, false, now(),"
        "  now() + interval '1 h', '\\x00', 'old')");
    const auto guessed = rotate({"--drop"});
    EXPECT_EQ(guessed.code, 2);
    EXPECT_NE(guessed.err.find("PINs"), std::string::npos) << guessed.err;
    sql("update pinwire.pin set guess_mac = null, sealed = 'v1.old.AAAA'");
    EXPECT_EQ(rotate({"--drop"}).code, 2);
    sql("update pinwire.pin set sealed = 'v1.older.AAAA'");
    EXPECT_EQ(rotate({"--drop"}).code, 0) << "another key's id begins like it";
}

}  // namespace
}  // namespace pinwire::cli
