// Small tools that the lookup providers share: members, words and figures as strangers write them,
// and what an HTTP status alone says. Pure functions; none throws.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/http_message.hpp"
#include "common/core/lookup_outcome.hpp"
#include "common/core/msisdn.hpp"

namespace pinwire::lookup::wire {

// An empty object when it is absent.
const nlohmann::json& member(const nlohmann::json& object, const char* key);
// A string, or an integer written as one; empty when it is absent or something else.
std::string text(const nlohmann::json& value);
std::string text_of(const nlohmann::json& object, const char* key);
bool flag_of(const nlohmann::json& object, const char* key);

// A provider's own word, fit for a log: letters, digits and _, at most 64. A run of more than seven
// digits (a number, an IMSI) becomes one '#', however it is spaced.
std::string code_word(std::string_view text);

// Five or six digits, else empty.
std::string mccmnc(std::string_view text);

// "0.0100" or 0.01 -> 10000; none: no amount, or none below a million.
std::optional<std::int64_t> micros(const nlohmann::json& value);

// The answer's number is the one that was asked for. An answer about another number says nothing.
bool is_number(std::string_view text, const msisdn& asked);

// An answer that can't be read: the provider's trouble.
void unreadable(lookup_result&);
// An answer that isn't what was asked for, by its status. 400, 404 and 422 are about this one
// request, so that no series of odd numbers makes a provider look dead; everything else is trouble.
void refused(unsigned status, lookup_result&);

}  // namespace pinwire::lookup::wire
