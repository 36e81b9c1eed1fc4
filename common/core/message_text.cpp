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

// The marks that make a voice pause and end a sentence in the job's language.
struct marks {
    std::string_view pause;  // between two characters
    std::string_view stop;
    std::string_view between;  // two sentences
};

marks marks_of(std::string_view language) {
    if (language == "ja") return {"、", "。", ""};
    if (language == "zh_cn" || language == "zh_tw") return {"，", "。", ""};
    return {", ", ".", " "};
}

secret one_by_one(std::string_view pin, std::string_view pause) {
    std::string made;
    made.reserve(pin.size() * (1 + pause.size()));
    for (const char c : pin) {
        if (!made.empty()) made.append(pause);
        made.push_back(c);
    }
    return secret(std::move(made));
}

// Without the end that it was written with.
std::string_view bare(std::string_view sentence) {
    for (bool more = true; more;) {
        more = false;
        for (const std::string_view end : {" ", ".", "。", "．"}) {
            if (sentence.empty() || !sentence.ends_with(end)) continue;
            sentence.remove_suffix(end.size());
            more = true;
        }
    }
    return sentence;
}

}  // namespace

secret render_sms(const job& given, const secret& pin) {
    secret text(replace_all(given.dialect, given.text, pin.reveal()));
    if (given.dialect == dialect::infobip || is_gsm7(text.reveal())) return text;
    secret plain(transliterate(text.reveal()));
    return is_gsm7(plain.reveal()) ? plain : text;
}

secret spoken_text(const job& given, const secret& pin) {
    const marks with = marks_of(given.voice.language);
    const secret spelled = one_by_one(pin.reveal(), with.pause);
    const secret once(replace_all(given.dialect, given.text, spelled.reveal()));
    const std::string_view sentence = bare(once.reveal());
    std::string twice;
    twice.reserve((sentence.size() + with.stop.size()) * 2 + with.between.size());
    twice.append(sentence).append(with.stop).append(with.between);
    twice.append(sentence).append(with.stop);
    return secret(std::move(twice));
}

}  // namespace pinwire
