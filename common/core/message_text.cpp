#include "common/core/message_text.hpp"

#include <string>
#include <utility>

#include "common/core/placeholder.hpp"

namespace pinwire {
namespace {

std::string replace_all(dialect spoken, std::string_view text, std::string_view by) {
    const auto mark = placeholder_of(spoken);
    const std::size_t count = placeholders_in(spoken, text);
    std::string made;
    made.reserve(text.size() + count * by.size());
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
        made.append(text.substr(0, at)).append(by);
        text.remove_prefix(at + mark.size());
    }
    made.append(text);
    return made;
}

secret one_by_one(std::string_view pin) {
    std::string made;
    made.reserve(pin.size() * 3);
    for (const char c : pin) {
        if (!made.empty()) made.append(", ");
        made.push_back(c);
    }
    return secret(std::move(made));
}

}  // namespace

secret render_sms(const job& given, const secret& pin) {
    secret text(replace_all(given.dialect, given.text, pin.reveal()));
    if (given.dialect == dialect::infobip || is_gsm7(text.reveal())) return text;
    secret plain(transliterate(text.reveal()));
    return is_gsm7(plain.reveal()) ? plain : text;
}

secret spoken_text(const job& given, const secret& pin) {
    const secret spelled = one_by_one(pin.reveal());
    const secret once(replace_all(given.dialect, given.text, spelled.reveal()));
    std::string_view sentence = once.reveal();
    while (!sentence.empty() && (sentence.back() == ' ' || sentence.back() == '.'))
        sentence.remove_suffix(1);
    std::string twice;
    twice.reserve(sentence.size() * 2 + 3);
    twice.append(sentence).append(". ").append(sentence).append(".");
    return secret(std::move(twice));
}

}  // namespace pinwire
