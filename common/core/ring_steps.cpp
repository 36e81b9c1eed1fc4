#include "common/core/ring_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "common/core/key_ring.hpp"
#include "common/core/ring_words.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using clock = std::chrono::system_clock;

constexpr std::string_view retired_mark = "retired=";

std::string_view take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    return line;
}

std::vector<std::string_view> words_of(std::string_view line) {
    line = without_comment(line);
    std::vector<std::string_view> words;
    for (auto word = take_word(line); !word.empty(); word = take_word(line))
        words.push_back(word);
    return words;
}

bool is_active(const std::vector<std::string_view>& words) {
    return std::find(words.begin() + 2, words.end(), "active") != words.end();
}

const ring_entry* find(const std::vector<ring_entry>& in, const key_id& id) {
    const auto found =
        std::find_if(in.begin(), in.end(), [&id](const ring_entry& one) { return one.id == id; });
    return found == in.end() ? nullptr : &*found;
}

const ring_entry& used_one(const std::vector<ring_entry>& in) {
    return *std::find_if(in.begin(), in.end(), [](const ring_entry& one) {
        return one.state == ring_key_state::used;
    });
}

// What becomes of a key's line: its marks; nothing: it goes.
using marks_for =
    std::function<std::optional<std::string>(std::string_view kid, std::string_view marks)>;

std::string marks_text(const std::vector<std::string_view>& words) {
    std::string made;
    for (std::size_t i = 2; i < words.size(); ++i)
        made.append(i == 2 ? "" : " ").append(words[i]);
    return made;
}

// Every line of a key whose marks change is written anew, with its comment; the others are copied.
secret rewritten(std::string_view text, const marks_for& wanted) {
    std::string made;
    made.reserve(text.size() + 256);  // growing would leave copies of keys behind
    while (!text.empty()) {
        const auto line = take_line(text);
        const auto words = words_of(line);
        const auto before = words.empty() ? std::string() : marks_text(words);
        const auto after = words.empty() ? before : wanted(words[0], before);
        if (!after) continue;
        if (words.empty() || *after == before) {
            made.append(line).append("\n");
            continue;
        }
        made.append(words[0]).append(" ").append(words[1]);
        if (!after->empty()) made.append(" ").append(*after);
        const auto comment = line.find('#');
        if (comment != std::string_view::npos) made.append("  ").append(line.substr(comment));
        made.append("\n");
    }
    return secret(std::move(made));
}

// Whatever was changed: the file is a ring, and holds every key of before but the one that was to
// go.
ring_step checked(ring_step made, std::string_view before, const key_id* gone) {
    const auto now = key_ring::parse(made.text.reveal()).ids();
    for (const auto& id : key_ring::parse(before).ids()) {
        const bool is_there = std::find(now.begin(), now.end(), id) != now.end();
        if (is_there == (gone != nullptr && id == *gone))
            throw std::logic_error("a step of the rotation would lose key " + id.str());
    }
    return made;
}

std::string no_such_key(const key_id& id) {
    return fmt::format("there is no key {} in the ring", id.str());
}

}  // namespace

std::string_view to_string(ring_key_state state) {
    switch (state) {
        case ring_key_state::used:
            return "used";
        case ring_key_state::spread:
            return "spread";
        case ring_key_state::retired:
            return "retired";
        case ring_key_state::kept:
            return "kept";
    }
    return "unknown";
}

std::vector<ring_entry> ring_entries(std::string_view text) {
    key_ring::parse(text);  // throws what is wrong with it
    std::vector<ring_entry> made;
    bool behind = false;
    while (!text.empty()) {
        const auto words = words_of(take_line(text));
        if (words.empty()) continue;
        ring_entry one;
        one.id = key_id(words[0]);
        one.state = behind ? ring_key_state::spread : ring_key_state::kept;
        for (std::size_t i = 2; i < words.size(); ++i) {
            if (!words[i].starts_with(retired_mark)) continue;
            one.retired = parse_rfc3339(words[i].substr(retired_mark.size()));
            one.state = ring_key_state::retired;
        }
        if (is_active(words)) {
            one.state = ring_key_state::used;
            behind = true;
        }
        made.push_back(std::move(one));
    }
    return made;
}

ring_answer spread_key(
    std::string_view text, const key_id& fresh, std::span<const std::uint8_t, 32> random
) {
    const auto entries = ring_entries(text);
    if (find(entries, fresh) != nullptr)
        return fmt::format(
            "there is a key {} in the ring already: --id names another", fresh.str()
        );
    for (const auto& one : entries) {
        if (one.state != ring_key_state::spread) continue;
        return fmt::format(
            "key {} is spread and not used yet: restart every service, then --use", one.id.str()
        );
    }
    if (entries.size() >= ring_keys_max)
        return fmt::format("the ring holds {} keys, the most it may: --drop one", entries.size());
    const secret line(key_ring::make_line(fresh, random, false));
    std::string made;
    made.reserve(text.size() + line.reveal().size() + 1);
    made.append(text);
    if (!made.ends_with('\n')) made.append("\n");
    made.append(line.reveal());
    ring_step step;
    step.text = secret(std::move(made));
    step.key = fresh;
    step.before = used_one(entries).id;
    return checked(std::move(step), text, nullptr);
}

ring_answer use_key(
    std::string_view text, const std::optional<key_id>& named, clock::time_point now
) {
    const auto entries = ring_entries(text);
    const auto before = used_one(entries).id;
    std::vector<key_id> meant;
    if (named && find(entries, *named) == nullptr) return no_such_key(*named);
    if (named) meant.push_back(*named);
    for (const auto& one : entries) {
        if (!named && one.state == ring_key_state::spread) meant.push_back(one.id);
    }
    if (meant.empty())
        return fmt::format(
            "no key is spread, {} is used: without --use one is spread", before.str()
        );
    if (meant.size() > 1)
        return std::string("more than one key is spread: --id names the one that is meant");
    if (meant.front() == before) return fmt::format("key {} is used already", before.str());
    const auto& key = meant.front();
    const auto stopped = fmt::format("{}{}", retired_mark, format_rfc3339(now));
    ring_step step;
    step.text = rewritten(text, [&](std::string_view kid, std::string_view marks) {
        if (kid == key.view()) return std::optional<std::string>("active");
        if (kid == before.view()) return std::optional<std::string>(stopped);
        return std::optional<std::string>(marks);
    });
    step.key = key;
    step.before = before;
    return checked(std::move(step), text, nullptr);
}

ring_answer drop_key(
    std::string_view text,
    const std::optional<key_id>& named,
    clock::time_point now,
    std::chrono::milliseconds rest
) {
    const auto entries = ring_entries(text);
    const ring_entry* oldest = named ? find(entries, *named) : nullptr;
    if (named && oldest == nullptr) return no_such_key(*named);
    for (const auto& one : entries) {
        if (named || !one.retired) continue;
        if (oldest == nullptr || *one.retired < *oldest->retired) oldest = &one;
    }
    if (oldest == nullptr) return std::string("no key of the ring is retired");
    if (!oldest->retired) {
        return fmt::format(
            "key {} is {}, not retired: nobody wrote when it stopped sealing",
            oldest->id.str(),
            to_string(oldest->state)
        );
    }
    if (*oldest->retired + rest > now) {
        return fmt::format(
            "key {} may be needed until {}: tokens, and what stands in Kafka",
            oldest->id.str(),
            format_rfc3339(*oldest->retired + rest)
        );
    }
    const auto key = oldest->id;
    ring_step step;
    step.text = rewritten(text, [&key](std::string_view kid, std::string_view marks) {
        return kid == key.view() ? std::nullopt : std::optional<std::string>(marks);
    });
    step.key = key;
    step.before = used_one(entries).id;
    return checked(std::move(step), text, &key);
}

}  // namespace pinwire
