#include "common/core/sms_encoding.hpp"

#include <algorithm>
#include <array>

#include "common/core/text.hpp"

namespace pinwire {
namespace {

constexpr char32_t replacement = 0xFFFD;

// Takes the next character off the front; the text is not empty.
char32_t take_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    const auto piece = text.substr(0, size);
    if (piece.size() < size || !is_utf8(piece)) {
        text.remove_prefix(1);
        return replacement;
    }
    text.remove_prefix(size);
    if (size == 1) return first;
    char32_t value = first & (0xFFU >> (size + 1));
    for (const char c : piece.substr(1))
        value = (value << 6) | (static_cast<unsigned char>(c) & 0x3FU);
    return value;
}

// The default alphabet beyond ASCII, in order.
constexpr std::array<char32_t, 35> gsm_beyond_ascii{
    0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF,  0xC4,  0xC5,  0xC6,  0xC7,  0xC9, 0xD1,
    0xD6, 0xD8, 0xDC, 0xDF, 0xE0, 0xE4,  0xE5,  0xE6,  0xE8,  0xE9,  0xEC, 0xF1,
    0xF2, 0xF6, 0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0};
constexpr std::array<char32_t, 4> gsm_late_greek{0x3A3, 0x3A6, 0x3A8, 0x3A9};
constexpr std::u32string_view gsm_extension = U"\f^{}\\[~]|\u20AC";

template <class Table>
bool holds(const Table& table, char32_t c) {
    return std::binary_search(table.begin(), table.end(), c);
}

// Septets of one character; 0: GSM-7 lacks it.
std::size_t septets_of(char32_t c) {
    if (gsm_extension.find(c) != std::u32string_view::npos) return 2;
    if (c < 0x80) return (c >= 0x20 && c < 0x7F && c != '`') || c == '\n' || c == '\r' ? 1 : 0;
    return holds(gsm_beyond_ascii, c) || holds(gsm_late_greek, c) ? 1 : 0;
}

std::size_t utf16_units_of(char32_t c) {
    return c > 0xFFFF ? 2 : 1;
}

template <class Size>
std::size_t units_in(std::string_view text, Size size_of) {
    std::size_t units = 0;
    while (!text.empty())
        units += size_of(take_character(text));
    return units;
}

template <class Size>
std::size_t parts_in(std::string_view text, Size size_of, std::size_t part_max) {
    std::size_t parts = 1;
    std::size_t used = 0;
    while (!text.empty()) {
        const std::size_t size = size_of(take_character(text));
        if (used + size > part_max) {
            ++parts;
            used = 0;
        }
        used += size;
    }
    return parts;
}

void append_unit(std::string& bytes, char32_t unit) {
    bytes.push_back(static_cast<char>((unit >> 8) & 0xFF));
    bytes.push_back(static_cast<char>(unit & 0xFF));
}

struct likeness {
    char32_t character;
    std::string_view text;
};

constexpr std::array<likeness, 41> likenesses{{
    {0x09, " "},     {0x60, "'"},   {0xA0, " "},    {0xA9, "(c)"},  {0xAA, "a"},    {0xAB, "\""},
    {0xAD, "-"},     {0xAE, "(R)"}, {0xB4, "'"},    {0xBA, "o"},    {0xBB, "\""},   {0xDE, "Th"},
    {0xFE, "th"},    {0x132, "IJ"}, {0x133, "ij"},  {0x152, "OE"},  {0x153, "oe"},  {0x218, "S"},
    {0x219, "s"},    {0x21A, "T"},  {0x21B, "t"},   {0x2009, " "},  {0x200A, " "},  {0x2010, "-"},
    {0x2011, "-"},   {0x2012, "-"}, {0x2013, "-"},  {0x2014, "-"},  {0x2015, "-"},  {0x2018, "'"},
    {0x2019, "'"},   {0x201A, "'"}, {0x201C, "\""}, {0x201D, "\""}, {0x201E, "\""}, {0x2022, "*"},
    {0x2026, "..."}, {0x202F, " "}, {0x2032, "'"},  {0x2122, "TM"}, {0x2212, "-"},
}};

// U+00C0 to U+017F without their accents; '?': not so simple, or in the default alphabet.
constexpr std::string_view bare_letters =
    "AAAA????E?EEIIII"
    "D?OOOO???UUU?Y??"
    "?aaa???c??ee?iii"
    "d??ooo????uu?y?y"
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLl"
    "NnNnNnnNnOoOoOo??RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
constexpr char32_t bare_first = 0xC0;
static_assert(bare_letters.size() == 0x180 - 0xC0);

// Empty: nothing reads the same.
std::string_view like(char32_t c) {
    if (c >= bare_first && c < bare_first + bare_letters.size()) {
        const auto bare = bare_letters.substr(c - bare_first, 1);
        if (bare != "?") return bare;
    }
    const auto at = std::lower_bound(
        likenesses.begin(),
        likenesses.end(),
        c,
        [](const likeness& l, char32_t wanted) { return l.character < wanted; }
    );
    return at != likenesses.end() && at->character == c ? at->text : std::string_view();
}

}  // namespace

bool is_gsm7(std::string_view utf8) {
    while (!utf8.empty())
        if (septets_of(take_character(utf8)) == 0) return false;
    return true;
}

std::size_t sms_units(std::string_view utf8) {
    return is_gsm7(utf8) ? units_in(utf8, septets_of) : units_in(utf8, utf16_units_of);
}

std::size_t sms_parts(std::string_view utf8) {
    const bool gsm7 = is_gsm7(utf8);
    if (sms_units(utf8) <= (gsm7 ? 160U : 70U)) return 1;
    return gsm7 ? parts_in(utf8, septets_of, 153) : parts_in(utf8, utf16_units_of, 67);
}

std::string utf16be(std::string_view utf8) {
    std::string bytes;
    bytes.reserve(utf8.size() * 2);  // no reallocation: it would leave copies of a PIN behind
    while (!utf8.empty()) {
        const char32_t c = take_character(utf8);
        if (c > 0xFFFF) {
            append_unit(bytes, 0xD800 + ((c - 0x10000) >> 10));
            append_unit(bytes, 0xDC00 + ((c - 0x10000) & 0x3FF));
        } else {
            append_unit(bytes, c);
        }
    }
    return bytes;
}

std::string transliterate(std::string_view utf8) {
    std::string made;
    made.reserve(utf8.size() * 3);
    while (!utf8.empty()) {
        const auto before = utf8;
        const char32_t c = take_character(utf8);
        const auto original = before.substr(0, before.size() - utf8.size());
        const auto instead = septets_of(c) > 0 ? std::string_view() : like(c);
        made.append(instead.empty() ? original : instead);
    }
    return made;
}

}  // namespace pinwire
