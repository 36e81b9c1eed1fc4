// Secrets are files that others may not read; their text never shows.
#include <gtest/gtest.h>

#include "tests/unit/config/config_folder.hpp"

namespace pinwire::config {
namespace {

using test::changed;
using test::config_folder;
using test::good_config;

TEST(SecretFile, IsRefusedWhenMissingReadableByOthersEmptyOrNoFile) {
    const config_folder folder;
    folder.write("open", "hush", 0604);
    folder.write("writable", "hush", 0602);
    folder.write("empty", "\n");
    const std::pair<const char*, const char*> cases[] = {
        {"nowhere", "doesn't exist"},
        {"open", "mode 0604"},
        {"writable", "mode 0602"},
        {"empty", "is empty"},
        {"secrets", "regular file"},
    };
    for (const auto& [file, what] : cases) {
        const auto result = folder.load(changed("secrets/kannel-password", file));
        ASSERT_EQ(result.mistakes.size(), 1U) << file;
        EXPECT_EQ(result.mistakes[0].key, "carriers.kannel.password_file");
        EXPECT_NE(result.mistakes[0].what.find(what), std::string::npos) << result.mistakes[0].what;
    }
}

TEST(SecretFile, MayBeReadByItsGroup) {
    const config_folder folder;
    folder.write("group", "of-the-group", 0640);
    EXPECT_TRUE(folder.load(changed("secrets/kannel-password", "group")));
}

TEST(SecretFile, LosesOneNewlineAtItsEndOnly) {
    const config_folder folder;
    folder.write("lines", "  a\nb \n\n");
    const auto result = folder.load(changed("secrets/kannel-password", "lines"));
    ASSERT_TRUE(result);
    const auto& carrier = result.settings->carriers.at(carrier_name("kannel"));
    EXPECT_EQ(carrier.translator.password.reveal(), "  a\nb \n");
}

TEST(SecretFile, IsFoundBelowTheCredentialsDirectoryThatIsGiven) {
    const config_folder folder;
    const auto text = changed("secrets/kannel-password", "$CREDENTIALS_DIRECTORY/kannel-password");
    load_options options;
    EXPECT_EQ(folder.load(text, options).mistakes.size(), 1U);  // not set
    options.credentials_directory = (folder.path() / "secrets").string();
    EXPECT_TRUE(folder.load(text, options));
    const auto other = changed("secrets/kannel-password", "$HOME/kannel-password");
    EXPECT_EQ(folder.load(other, options).mistakes.size(), 1U);
}

TEST(SecretFile, IsLeftAloneWhenSecretsAreNotToBeRead) {
    const config_folder folder;
    load_options options;
    options.read_secrets = false;
    const auto result = folder.load(changed("secrets/kannel-password", "nowhere"), options);
    ASSERT_TRUE(result);
    EXPECT_FALSE(result.settings->keys.ring);
}

TEST(SecretFile, WithABadKeyRingOrWebhookSecretIsRefusedWithoutItsText) {
    const config_folder folder;
    folder.write("bad", "hush hush\n");
    for (const auto* file : {"secrets/ring", "secrets/acme-webhook"}) {
        const auto result = folder.load(changed(file, "bad"));
        ASSERT_EQ(result.mistakes.size(), 1U) << file;
        EXPECT_EQ(result.mistakes[0].to_string().find("hush"), std::string::npos);
    }
}

TEST(Accounts, ThatShareAWebhookSecretAreWarnedOf) {
    const config_folder folder;
    const auto result = folder.load(
        good_config("[accounts.twin]\nwebhook_secret_files = [\"secrets/acme-webhook\"]\n")
    );
    ASSERT_TRUE(result);
    ASSERT_EQ(result.warnings.size(), 2U);  // the other: embedded
    EXPECT_EQ(result.warnings[1].key, "accounts.twin.webhook_secret_files");
}

}  // namespace
}  // namespace pinwire::config
