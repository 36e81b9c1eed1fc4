#include "common/core/message_text.hpp"

#include <gtest/gtest.h>

#include "common/core/hex.hpp"
#include "common/core/text.hpp"

namespace pinwire {
namespace {

job of(dialect spoken, const char* text) {
    job made;
    made.dialect = spoken;
    made.text = text;
    return made;
}

std::string repeat(std::string_view piece, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += piece;
    return text;
}

TEST(MessageText, PutsThePinInItsPlace) {
    const secret pin("4711");
    const auto sms = [&pin](dialect spoken, const char* text) {
        return std::string(render_sms(of(spoken, text), pin).reveal());
    };
    EXPECT_EQ(sms(dialect::nrs360, "{PIN} is it"), "4711 is it");
    EXPECT_EQ(sms(dialect::nrs360, "Code: {PIN}"), "Code: 4711");
    EXPECT_EQ(sms(dialect::nrs360, "{PIN} not {{pin}}"), "4711 not {{pin}}");
    EXPECT_EQ(sms(dialect::infobip, "{{pin}}, I said {{pin}}"), "4711, I said 4711");
    EXPECT_EQ(sms(dialect::infobip, "{{{pin}}} {PIN}"), "{4711} {PIN}");
}

TEST(MessageText, Transliterates360NrsWhenThatIsEnough) {
    const secret pin("4711");
    EXPECT_EQ(render_sms(of(dialect::nrs360, "Código “{PIN}”"), pin).reveal(), "Codigo \"4711\"");
    EXPECT_EQ(render_sms(of(dialect::nrs360, "Código {PIN} 好"), pin).reveal(), "Código 4711 好");
    EXPECT_EQ(render_sms(of(dialect::infobip, "Código {{pin}}"), pin).reveal(), "Código 4711");
}

TEST(MessageText, SpeaksThePinCharacterByCharacterAndTwice) {
    EXPECT_EQ(
        spoken_text(of(dialect::nrs360, "{PIN} is your code."), secret("47A1")).reveal(),
        "4, 7, A, 1 is your code. 4, 7, A, 1 is your code."
    );
    EXPECT_EQ(
        spoken_text(of(dialect::infobip, "Code {{pin}}, {{pin}}"), secret("12")).reveal(),
        "Code 1, 2, 1, 2. Code 1, 2, 1, 2."
    );
}

TEST(MessageText, SpeaksWithThePausesOfEveryLanguage) {
    struct language_case {
        const char* language;
        const char* text;
        const char* spoken;
    };
    const language_case cases[] = {
        {"en", "Your code is {{pin}}.", "Your code is 4, 7, A. Your code is 4, 7, A."},
        {"es", "Su código es {{pin}}", "Su código es 4, 7, A. Su código es 4, 7, A."},
        {"ca", "El codi és {{pin}}.", "El codi és 4, 7, A. El codi és 4, 7, A."},
        {"da", "Koden er {{pin}}.", "Koden er 4, 7, A. Koden er 4, 7, A."},
        {"nl", "Uw code is {{pin}}.", "Uw code is 4, 7, A. Uw code is 4, 7, A."},
        {"fr", "Le code est {{pin}}.", "Le code est 4, 7, A. Le code est 4, 7, A."},
        {"de", "Der Code ist {{pin}}.", "Der Code ist 4, 7, A. Der Code ist 4, 7, A."},
        {"it", "Il codice è {{pin}}.", "Il codice è 4, 7, A. Il codice è 4, 7, A."},
        {"ja", "コードは{{pin}}です。", "コードは4、7、Aです。コードは4、7、Aです。"},
        {"ko", "코드는 {{pin}}입니다.", "코드는 4, 7, A입니다. 코드는 4, 7, A입니다."},
        {"no", "Koden er {{pin}}.", "Koden er 4, 7, A. Koden er 4, 7, A."},
        {"pl", "Kod to {{pin}}.", "Kod to 4, 7, A. Kod to 4, 7, A."},
        {"ru", "Код {{pin}}.", "Код 4, 7, A. Код 4, 7, A."},
        {"sv", "Koden är {{pin}}.", "Koden är 4, 7, A. Koden är 4, 7, A."},
        {"fi", "Koodi on {{pin}}.", "Koodi on 4, 7, A. Koodi on 4, 7, A."},
        {"hr", "Kod je {{pin}}.", "Kod je 4, 7, A. Kod je 4, 7, A."},
        {"sl", "Koda je {{pin}}.", "Koda je 4, 7, A. Koda je 4, 7, A."},
        {"ro", "Codul este {{pin}}.", "Codul este 4, 7, A. Codul este 4, 7, A."},
        {"pt_pt", "O código é {{pin}}.", "O código é 4, 7, A. O código é 4, 7, A."},
        {"pt_br", "O código é {{pin}}.", "O código é 4, 7, A. O código é 4, 7, A."},
        {"zh_cn", "验证码{{pin}}。", "验证码4，7，A。验证码4，7，A。"},
        {"zh_tw", "驗證碼{{pin}}", "驗證碼4，7，A。驗證碼4，7，A。"},
    };
    for (const auto& expected : cases) {
        auto given = of(dialect::infobip, expected.text);
        given.voice.language = expected.language;
        EXPECT_EQ(spoken_text(given, secret("47A")).reveal(), expected.spoken) << expected.language;
    }
}

TEST(SmsEncoding, KnowsTheGsmAlphabet) {
    EXPECT_TRUE(is_gsm7("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"));
    EXPECT_TRUE(is_gsm7("¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"));
    EXPECT_TRUE(is_gsm7("^{}\\[~]|€\f"));
    for (const auto* text : {"`", "ó", "ç", "á", "“", "好", "😀", "\t", "\xFF", "Α", "Č"})
        EXPECT_FALSE(is_gsm7(text)) << text;
}

TEST(SmsEncoding, CountsPartsOfSeptets) {
    EXPECT_EQ(sms_parts(""), 1U);
    EXPECT_EQ(sms_parts(repeat("a", 160)), 1U);
    EXPECT_EQ(sms_parts(repeat("a", 161)), 2U);
    EXPECT_EQ(sms_parts(repeat("a", 306)), 2U);
    EXPECT_EQ(sms_parts(repeat("a", 307)), 3U);
    EXPECT_EQ(sms_parts(repeat("€", 80)), 1U);
    EXPECT_EQ(sms_parts(repeat("€", 81)), 2U);
    EXPECT_EQ(sms_units("a€"), 3U);
}

// 153 is odd: an escape pair at its end goes to the next part whole, so that 153 pairs (306
// septets) need a third part.
TEST(SmsEncoding, NeverSplitsAnEscapePair) {
    EXPECT_EQ(sms_parts(repeat("€", 152)), 2U);
    EXPECT_EQ(sms_parts(repeat("€", 153)), 3U);
    EXPECT_EQ(sms_parts(repeat("a", 152) + "€" + repeat("a", 151)), 2U);
    EXPECT_EQ(sms_parts(repeat("a", 152) + "€" + repeat("a", 152)), 3U);
}

TEST(SmsEncoding, CountsPartsOfUcs2AndNeverSplitsASurrogatePair) {
    EXPECT_EQ(sms_parts(repeat("好", 70)), 1U);
    EXPECT_EQ(sms_parts(repeat("好", 71)), 2U);
    EXPECT_EQ(sms_parts(repeat("好", 134)), 2U);
    EXPECT_EQ(sms_parts(repeat("好", 135)), 3U);
    EXPECT_EQ(sms_parts(repeat("😀", 35)), 1U);
    EXPECT_EQ(sms_parts(repeat("😀", 66)), 2U);
    EXPECT_EQ(sms_parts(repeat("😀", 67)), 3U);
    EXPECT_EQ(sms_units("😀a"), 3U);
}

TEST(SmsEncoding, WritesUtf16BigEndian) {
    const auto hex = [](std::string_view text) {
        const std::string bytes = utf16be(text);
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        return hex_encode(std::span(data, bytes.size()));
    };
    EXPECT_EQ(hex(""), "");
    EXPECT_EQ(hex("A€好"), "004120ac597d");
    EXPECT_EQ(hex("😀"), "d83dde00");
    EXPECT_EQ(hex("a\xFFz"), "0061fffd007a");
    EXPECT_EQ(hex("\xE5\xA5"), "fffdfffd");
}

TEST(SmsEncoding, TransliteratesWhatReadsTheSame) {
    EXPECT_EQ(transliterate("ÁÀÂÃ áâã çÐð éêë"), "AAAA aaa cDd éee");
    EXPECT_EQ(transliterate("ÉÊË ÍÎÏ íîï ÓÔÕ óôõ ÚÛ úû Ýýÿ"), "ÉEE III iii OOO ooo UU uu Yyy");
    EXPECT_EQ(
        transliterate("ĄąĆćČčĎďĘęĚěĞğİıŁłŃńŇňŐőŘřŚśŞşŠšŤťŮůŰűŹźŻżŽž"),
        "AaCcCcDdEeEeGgIiLlNnNnOoRrSsSsSsTtUuUuZzZzZz"
    );
    EXPECT_EQ(transliterate("ĲĳŒœȘșȚțÞþŶŷŸſŊŋ"), "IJijOEoeSsTtThthYyYsNn");
    EXPECT_EQ(transliterate("‘a’ “b” – … •`\xC2\xA0x"), "'a' \"b\" - ... *' x");
    EXPECT_EQ(transliterate("äöüÄÖÜßñÑåÅæøØàèéìòùÇ€{"), "äöüÄÖÜßñÑåÅæøØàèéìòùÇ€{");
    EXPECT_EQ(transliterate("好😀×÷Ж"), "好😀×÷Ж");
}

TEST(Text, TellsWellFormedUtf8) {
    for (const auto* text : {"", "abc", "ü", "好", "😀", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_utf8(text)) << text;
    for (const auto* text :
         {"\x80",
          "\xC3",
          "\xC0\xAF",
          "\xC1\xBF",
          "\xE0\x80\xAF",
          "\xED\xA0\x80",
          "\xF0\x80\x80\xAF",
          "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80",
          "\xE5\xA5",
          "a\xFF"})
        EXPECT_FALSE(is_utf8(text));
}

TEST(Text, FindsControlCharactersOfEveryKind) {
    EXPECT_FALSE(has_control_characters("order 7 ü "));
    EXPECT_FALSE(has_control_characters("\xC2\xA0"));  // NBSP is none
    for (const auto* text : {"\n", "a\tb", "\x7F", "\xC2\x85", "\x1B["})
        EXPECT_TRUE(has_control_characters(text));
    EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
}

TEST(Text, CountsCodePoints) {
    EXPECT_EQ(characters_in("aü好😀"), 4U);
}

}  // namespace
}  // namespace pinwire
