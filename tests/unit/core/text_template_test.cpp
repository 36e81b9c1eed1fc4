#include "common/core/text_template.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "common/core/form.hpp"
#include "common/core/json_pointer.hpp"

namespace pinwire {
namespace {

constexpr auto names = std::to_array<std::string_view>({"to", "text", "to_plus", "+to"});

std::string filled(std::string_view text, escaping how, std::string value) {
    const auto parsed = text_template::parse(text, names);
    EXPECT_TRUE(parsed) << text;
    return parsed
               ? parsed->fill(how, [&value](std::string_view) -> std::string_view { return value; })
               : "";
}

TEST(TextTemplate, FillsEachPlaceholderAndLeavesTheRest) {
    const std::map<std::string_view, std::string_view> values{
        {"to", "34600"}, {"+to", "+34600"}, {"text", "hi"}};
    const auto parsed = text_template::parse("{to}: {text}, {+to}", names);
    ASSERT_TRUE(parsed);
    const auto value_of = [&values](std::string_view name) { return values.at(name); };
    EXPECT_EQ(parsed->fill(escaping::none, value_of), "34600: hi, +34600");
    EXPECT_TRUE(parsed->holds("to"));
    EXPECT_FALSE(parsed->holds("to_plus"));
}

TEST(TextTemplate, TakesBracesThatOpenNoNameAsTheyAre) {
    for (const char* text :
         {R"({"to":"{to}"})",
          "{}",
          "{",
          "}",
          "{{to}}",
          "{ to}",
          "{To}",
          "{+}",
          "{++to}",
          "{t+o}",
          "{\"a\":{}}"}) {
        std::string expected = text;
        if (const auto at = expected.find("{to}"); at != std::string::npos)
            expected.replace(at, 4, "V");
        EXPECT_EQ(filled(text, escaping::none, "V"), expected);
    }
}

TEST(TextTemplate, NamesWhatStandsForNothing) {
    const auto parsed = text_template::parse("{to} {txet}", names);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error(), "{txet}");
    EXPECT_EQ(text_template::parse("{+text}", names).error(), "{+text}");
}

TEST(TextTemplate, NeverLooksIntoAValueAgain) {
    EXPECT_EQ(filled("{to}{text}", escaping::none, "{to}"), "{to}{to}");
}

// What can go wrong in one of the places.
const std::string nasty[] = {
    "plain",
    "\"quoted\" \\ and /",
    "{braces} {to} }{",
    "line\nbreak\r\n\ttab",
    "a&b=c;d+e f%20",
    "<tag attr='x'>&amp;</tag>]]>",
    "\xF0\x9F\x94\x91 \xE2\x82\xAC \xC3\xB1",  // emoji, euro, n with tilde
    std::string("nul\0in it", 9),
    "",
};

TEST(TextTemplate, JsonReadsBackWhatWasPutIn) {
    for (const auto& value : nasty) {
        const auto body = filled(R"({"a":"{text}","b":["{to}"]})", escaping::json, value);
        const auto read = nlohmann::json::parse(body, nullptr, false);
        ASSERT_TRUE(read.is_object()) << body;
        EXPECT_EQ(read["a"].get<std::string>(), value);
        EXPECT_EQ(read["b"][0].get<std::string>(), value);
    }
}

TEST(TextTemplate, FormsReadBackWhatWasPutIn) {
    for (const auto& value : nasty) {
        const auto read = form::parse(filled("a={text}&b=1&c={to}", escaping::form, value));
        ASSERT_TRUE(read);
        EXPECT_EQ(*read->find("a"), value);
        EXPECT_EQ(*read->find("c"), value);
        EXPECT_EQ(read->all().size(), 3u);
    }
}

TEST(TextTemplate, TargetsReadBackWhatWasPutIn) {
    for (const auto& value : nasty) {
        const auto target = filled("/to/{to}?text={text}&x=1", escaping::target, value);
        EXPECT_EQ(target.find_first_of(" \"<>{}\r\n"), std::string::npos) << target;
        EXPECT_EQ(percent_decode(path_of(target).substr(4)), value);
        EXPECT_EQ(*form::parse(query_of(target))->find("text"), value);
    }
}

TEST(TextTemplate, XmlHoldsNoMarkupOfAValue) {
    EXPECT_EQ(
        filled("<t a=\"{to}\">{text}</t>", escaping::xml, "<b>&'\"\n"),
        "<t a=\"&lt;b&gt;&amp;&#39;&quot;&#10;\">&lt;b&gt;&amp;&#39;&quot;&#10;</t>"
    );
    EXPECT_EQ(
        escaped(escaping::xml, std::string("a\0b\x01", 4)),
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD"
    );
    EXPECT_EQ(escaped(escaping::xml, "\xEF\xBF\xBE!"), "\xEF\xBF\xBD!");
    EXPECT_EQ(escaped(escaping::xml, "bad \xFF utf"), "bad \xEF\xBF\xBD utf");
    EXPECT_EQ(escaped(escaping::xml, "\xF0\x9F\x94\x91"), "\xF0\x9F\x94\x91");
}

TEST(TextTemplate, NoValueStartsAHeaderOfItsOwn) {
    EXPECT_EQ(filled("Bearer {text}", escaping::header, "a\r\nX: 1"), "Bearer aX: 1");
}

TEST(TextTemplate, JsonStaysJsonWhateverBytesCome) {
    const auto body = filled(R"({"a":"{text}"})", escaping::json, "\xFF\xC3(");
    EXPECT_TRUE(nlohmann::json::accept(body)) << body;
}

TEST(JsonPointer, FindsWhatTheStandardSays) {
    const auto value = nlohmann::json::parse(
        R"({"a":{"b":[10,{"c":"x"}]},"m~n":1,"s/t":true,"":"none","n":null,"f":1.5})"
    );
    EXPECT_EQ(scalar_at(value, "/a/b/0"), "10");
    EXPECT_EQ(scalar_at(value, "/a/b/1/c"), "x");
    EXPECT_EQ(scalar_at(value, "/m~0n"), "1");
    EXPECT_EQ(scalar_at(value, "/s~1t"), "true");
    EXPECT_EQ(scalar_at(value, "/"), "none");
    EXPECT_EQ(at_pointer(value, ""), &value);
    for (const char* place :
         {"/n", "/f", "/a", "", "/a/b/2", "/a/b/-", "/a/b/01", "/a/b/x", "/z/z", "/m~n", "a"})
        EXPECT_EQ(scalar_at(value, place), "") << place;
    EXPECT_FALSE(at_pointer(value, "/a/b/18446744073709551616"));
}

TEST(JsonPointer, KnowsItsOwnForm) {
    for (const char* good : {"", "/", "/a", "/a/0", "/~0~1", "//"})
        EXPECT_TRUE(is_json_pointer(good)) << good;
    for (const char* bad : {"a", "a/b", "/~", "/~2", "/a~", "#/a"})
        EXPECT_FALSE(is_json_pointer(bad)) << bad;
}

}  // namespace
}  // namespace pinwire
