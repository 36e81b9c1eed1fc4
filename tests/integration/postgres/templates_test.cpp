// Infobip's applications and message templates, of one account each.
#include "common/postgres/templates.hpp"

#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

const account_name acme{"acme"};

class Templates : public database {
protected:
    static application example(const std::string& id) {
        application made;
        made.id = id;
        made.name = "Login \"codes\"";
        made.enabled = false;
        made.pin_attempts = 5;
        made.allow_multiple_verifications = false;
        made.pin_time_to_live = 90s;
        made.verify_pin_limit = {2, 4s};
        made.send_per_application = {7, 24h};
        made.send_per_number = {0, 0ms};
        return made;
    }
    static message_template message(const std::string& id, const std::string& application) {
        message_template made;
        made.id = id;
        made.application = application;
        made.text = "Your code is {{pin}}";
        made.pin_type = pin_type::hex;
        made.pin_length = 6;
        made.sender = "Acme";
        made.language = "es";
        made.repeat_dtmf = "1#";
        made.speech_rate = 1.25;
        made.voice_name = "Ana";
        made.regional = R"({"indiaDlt":{"principalEntityId":"1"}})";
        return made;
    }
};

TEST_F(Templates, AnApplicationComesBackAsItWasMade) {
    ASSERT_TRUE(create_application(db(), acme, example("A1")));
    const auto got = find_application(db(), acme, "A1");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->name, "Login \"codes\"");
    EXPECT_FALSE(got->enabled);
    EXPECT_EQ(got->pin_attempts, 5);
    EXPECT_FALSE(got->allow_multiple_verifications);
    EXPECT_EQ(got->pin_time_to_live, 90s);
    EXPECT_EQ(got->verify_pin_limit, (rate_limit{2, 4s}));
    EXPECT_EQ(got->send_per_application, (rate_limit{7, 24h}));
    EXPECT_FALSE(got->send_per_number.bounded());
}

TEST_F(Templates, NobodySeesAnotherAccountsApplications) {
    create_application(db(), acme, example("A1"));
    const account_name other("other");
    EXPECT_FALSE(find_application(db(), other, "A1"));
    EXPECT_TRUE(list_applications(db(), other).empty());
    EXPECT_EQ(change_application(db(), other, example("A1"), example("A1")), changed::none_such);
    EXPECT_FALSE(create_message(db(), other, message("M1", "A1")));
    EXPECT_TRUE(create_application(db(), other, example("A1"))) << "ids are an account's own";
}

TEST_F(Templates, ListsAreInTheOrderOfMaking) {
    for (const char* id : {"B", "A", "C"})
        create_application(db(), acme, example(id));
    std::string order;
    for (const auto& one : list_applications(db(), acme))
        order += one.id;
    EXPECT_EQ(order, "BAC");
}

TEST_F(Templates, AnUpdateChangesAllButTheId) {
    create_application(db(), acme, example("A1"));
    const auto former = *find_application(db(), acme, "A1");
    auto made = former;
    made.enabled = true;
    made.pin_attempts = 3;
    made.pin_time_to_live = 36h;
    EXPECT_EQ(change_application(db(), acme, former, made), changed::done);
    EXPECT_EQ(*find_application(db(), acme, "A1"), made);
    EXPECT_EQ(change_application(db(), acme, former, made), changed::done) << "run once more";
    EXPECT_EQ(change_application(db(), acme, example("none"), example("none")), changed::none_such);
}

TEST_F(Templates, AChangeOfWhatIsNoLongerThereIsNotMade) {
    create_application(db(), acme, example("A1"));
    const auto former = *find_application(db(), acme, "A1");
    auto one = former;
    one.pin_attempts = 3;
    auto other = former;
    other.name = "Other";
    EXPECT_EQ(change_application(db(), acme, former, one), changed::done);
    EXPECT_EQ(change_application(db(), acme, former, other), changed::outrun);
    EXPECT_EQ(*find_application(db(), acme, "A1"), one);
    create_message(db(), acme, message("M1", "A1"));
    const auto said = *find_message(db(), acme, "A1", "M1");
    auto louder = said;
    louder.speech_rate.reset();
    auto longer = said;
    longer.pin_length = 8;
    EXPECT_EQ(change_message(db(), acme, said, louder), changed::done);
    EXPECT_EQ(change_message(db(), acme, said, longer), changed::outrun);
    EXPECT_EQ(*find_message(db(), acme, "A1", "M1"), louder);
}

TEST_F(Templates, AMessageComesBackAsItWasMade) {
    EXPECT_FALSE(create_message(db(), acme, message("M1", "A1"))) << "no such application";
    create_application(db(), acme, example("A1"));
    ASSERT_TRUE(create_message(db(), acme, message("M1", "A1")));
    const auto got = find_message(db(), acme, "A1", "M1");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->text, "Your code is {{pin}}");
    EXPECT_EQ(got->pin_type, pin_type::hex);
    EXPECT_EQ(got->pin_length, 6);
    EXPECT_EQ(got->sender, "Acme");
    EXPECT_EQ(got->language, "es");
    EXPECT_EQ(got->repeat_dtmf, "1#");
    EXPECT_EQ(got->speech_rate, 1.25);
    EXPECT_EQ(got->voice_name, "Ana");
    EXPECT_EQ(got->regional, R"({"indiaDlt":{"principalEntityId":"1"}})");
    auto made = *got;
    made.speech_rate.reset();
    made.sender.clear();
    EXPECT_EQ(change_message(db(), acme, *got, made), changed::done);
    EXPECT_FALSE(find_message(db(), acme, "A1", "M1")->speech_rate);
    EXPECT_FALSE(find_message(db(), acme, "A2", "M1")) << "of another application";
    EXPECT_EQ(list_messages(db(), acme, "A1").size(), 1U);
}

TEST_F(Templates, AnAccountHasAsManyAsItMayAndNoMore) {
    db().query(
        "insert into application select 'acme', 'X' || n, clock_timestamp(), 'n', true, 1, true,"
        " '1 min', 1, '1 s', 1, '1 s', 1, '1 s' from generate_series(1, 999) n"
    );
    EXPECT_TRUE(create_application(db(), acme, example("A1")));
    EXPECT_FALSE(create_application(db(), acme, example("A2")));
}

TEST_F(Templates, TheApiCallsThemAndTouchesNoTable) {
    const auto api = another("pinwire_api");
    EXPECT_TRUE(create_application(*api, acme, example("A1")));
    EXPECT_TRUE(create_message(*api, acme, message("M1", "A1")));
    EXPECT_EQ(list_messages(*api, acme, "A1").size(), 1U);
    const auto application = *find_application(*api, acme, "A1");
    auto renamed = application;
    renamed.name = "New";
    EXPECT_EQ(change_application(*api, acme, application, renamed), changed::done);
    EXPECT_THROW(api->query("select * from application"), database_error);
    EXPECT_THROW(list_applications(*another("pinwire_worker"), acme), database_error);
}

}  // namespace
}  // namespace pinwire::postgres::test
