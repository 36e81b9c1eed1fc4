#include "common/config/bindings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/config/listen_address.hpp"

namespace pinwire::config {

namespace {

constexpr std::size_t text_length_max = 4096;

std::string must_be(std::string_view what, const node& given) {
    return fmt::format("must be {}, is {}", what, to_string(given.what));
}

std::string read_text(const node& given, std::string& target) {
    if (given.what != node::kind::text) return must_be("text in quotes", given);
    if (given.text.size() > text_length_max)
        return fmt::format("is longer than {} bytes", text_length_max);
    if (given.text.find('\0') != std::string::npos) return "holds a NUL character";
    target = given.text;
    return {};
}

std::string join(const std::vector<std::string>& texts) {
    std::string joined;
    for (const auto& text : texts)
        joined += (joined.empty() ? "" : ", ") + in_quotes(text);
    return joined;
}

}  // namespace

std::string in_quotes(std::string_view text) {
    std::string made = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') made += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            made += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        else
            made += c;
    }
    return made + '"';
}

binding required(binding made) {
    made.required = true;
    return made;
}

binding text(std::string name, std::string& target, text_rule rule) {
    binding made;
    made.name = std::move(name);
    made.type = std::move(rule.type);
    made.allowed = std::move(rule.allowed);
    made.read = [&target, check = std::move(rule.check)](const node& given, const read_context&) {
        std::string read;
        auto wrong = read_text(given, read);
        if (wrong.empty() && check) wrong = check(read);
        if (wrong.empty()) target = std::move(read);
        return wrong;
    };
    made.write = [&target] { return target.empty() ? std::string() : in_quotes(target); };
    return made;
}

binding flag(std::string name, bool& target) {
    binding made;
    made.name = std::move(name);
    made.type = "flag";
    made.allowed = "true or false";
    made.read = [&target](const node& given, const read_context&) {
        if (given.what != node::kind::flag) return must_be("true or false, without quotes", given);
        target = given.flag;
        return std::string();
    };
    made.write = [&target] { return std::string(target ? "true" : "false"); };
    return made;
}

binding integer_value(
    std::string name,
    std::int64_t min,
    std::int64_t max,
    std::function<void(std::int64_t)> set,
    std::function<std::int64_t()> get
) {
    binding made;
    made.name = std::move(name);
    made.type = "integer";
    made.allowed = fmt::format("{} to {}", min, max);
    made.read = [set = std::move(set), min, max](const node& given, const read_context&) {
        if (given.what != node::kind::integer) return must_be("an integer", given);
        if (given.integer < min || given.integer > max) return fmt::format("is {}", given.integer);
        set(given.integer);
        return std::string();
    };
    made.write = [get = std::move(get)] { return std::to_string(get()); };
    return made;
}

binding real(std::string name, double& target, double min, double max) {
    binding made;
    made.name = std::move(name);
    made.type = "number";
    made.allowed = fmt::format("{} to {}", min, max);
    made.read = [&target, min, max](const node& given, const read_context&) {
        double value = given.real;
        if (given.what == node::kind::integer)
            value = static_cast<double>(given.integer);
        else if (given.what != node::kind::real)
            return must_be("a number", given);
        if (!(value >= min && value <= max)) return fmt::format("is {}", value);  // NaN as well
        target = value;
        return std::string();
    };
    made.write = [&target] { return fmt::format("{}", target); };
    return made;
}

binding duration_value(
    std::string name,
    milliseconds min,
    milliseconds max,
    milliseconds unit,
    std::function<void(milliseconds)> set,
    std::function<milliseconds()> get
) {
    binding made;
    made.name = std::move(name);
    made.type = "duration";
    made.allowed = fmt::format("{} to {}", to_duration_text(min), to_duration_text(max));
    if (unit > milliseconds(1))
        made.allowed += fmt::format(" in steps of {}", to_duration_text(unit));
    made.read = [set = std::move(set),
                 min,
                 max,
                 unit](const node& given, const read_context&) -> std::string {
        if (given.what != node::kind::text)
            return must_be("text with a unit, such as \"1500ms\", \"5s\", \"2m\", \"48h\"", given);
        const auto value = parse_duration(given.text);
        if (!value) return fmt::format("{} is no duration (ms, s, m, h, d)", in_quotes(given.text));
        if (*value < min || *value > max) return "is " + to_duration_text(*value);
        if (value->count() % unit.count() != 0) return "is " + to_duration_text(*value);
        set(*value);
        return {};
    };
    made.write = [get = std::move(get)] { return in_quotes(to_duration_text(get())); };
    return made;
}

binding choice(
    std::string name,
    std::vector<std::string> allowed,
    std::function<void(std::size_t)> set,
    std::function<std::size_t()> get
) {
    binding made;
    made.name = std::move(name);
    made.type = "choice";
    made.allowed = join(allowed);
    made.read = [set = std::move(set),
                 allowed](const node& given, const read_context&) -> std::string {
        if (given.what != node::kind::text) return must_be("text in quotes", given);
        const auto found = std::find(allowed.begin(), allowed.end(), given.text);
        if (found == allowed.end()) return "is " + in_quotes(given.text);
        set(static_cast<std::size_t>(found - allowed.begin()));
        return {};
    };
    made.write = [get = std::move(get), allowed] { return in_quotes(allowed[get()]); };
    return made;
}

binding word(std::string name, std::string& target, std::vector<std::string> allowed) {
    auto made = text(std::move(name), target);
    made.type = "choice";
    made.allowed = join(allowed);
    made.read = [&target, allowed](const node& given, const read_context&) -> std::string {
        if (given.what != node::kind::text) return must_be("text in quotes", given);
        if (std::find(allowed.begin(), allowed.end(), given.text) == allowed.end())
            return "is " + in_quotes(given.text);
        target = given.text;
        return {};
    };
    return made;
}

binding listen(std::string name, listen_address& target) {
    binding made;
    made.name = std::move(name);
    made.type = "address";
    made.allowed = "a numeric address and a port: \"127.0.0.1:8081\", \"[::1]:8081\"; port 0: any";
    made.read = [&target](const node& given, const read_context&) -> std::string {
        if (given.what != node::kind::text) return must_be("text in quotes", given);
        const auto parsed = parse_listen_address(given.text);
        if (!parsed) return "is " + in_quotes(given.text);
        target = *parsed;
        return {};
    };
    made.write = [&target] { return in_quotes(to_string(target)); };
    return made;
}

binding text_list(
    std::string name,
    std::string type,
    std::string allowed,
    std::size_t items_max,
    std::function<void()> clear,
    text_check put,
    std::function<std::vector<std::string>()> get
) {
    binding made;
    made.name = std::move(name);
    made.type = "list of " + type;
    made.allowed = fmt::format("at most {}", items_max);
    if (!allowed.empty()) made.allowed = allowed + "; " + made.allowed;
    made.read = [clear = std::move(clear),
                 put = std::move(put),
                 items_max](const node& given, const read_context&) -> std::string {
        if (given.what != node::kind::array) return must_be("a list in brackets", given);
        if (given.items.size() > items_max) return fmt::format("has {} items", given.items.size());
        clear();
        for (const auto& item : given.items) {
            std::string read;
            if (item.what == node::kind::integer)
                read = std::to_string(item.integer);  // ports may be written without quotes
            else if (const auto wrong = read_text(item, read); !wrong.empty())
                return "an item " + wrong;
            const auto wrong = put(read);
            if (!wrong.empty()) return fmt::format("{} {}", in_quotes(read), wrong);
        }
        return {};
    };
    made.write = [get = std::move(get)] { return "[" + join(get()) + "]"; };
    return made;
}

}  // namespace pinwire::config
