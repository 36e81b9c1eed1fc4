// Small tools that the carriers share: paths, ids, words and numbers as strangers write them, and
// what an HTTP status alone says about a send. Pure functions over their arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/carriers/carrier.hpp"
#include "common/core/form.hpp"

namespace pinwire::carriers::wire {

// A carrier's own word, fit for a log or an error column: only [A-Za-z0-9_.-], at most 64
// characters. What else stood there (a quoted text, a number) is dropped.
std::string code_word(std::string_view text);

// What an HTTP status says when the body says nothing better: the first row that it falls into. A
// 4xx is a refusal; 408 may come from a proxy that had passed the request on, 409 may mean "already
// there", and a redirect after POST may have been taken (302, 303): those are in doubt, like
// everything else that isn't documented.
struct status_class {
    unsigned first;
    unsigned last;
    carriers::verdict verdict;
};
std::span<const status_class> status_table();
verdict verdict_of_status(unsigned status);

// The row of a table that says just this; null: none.
const error_class* find_error(std::span<const error_class>, std::string_view says);
// The first row of that status whose words the body begins with; null: none.
const error_class* find_beginning(
    std::span<const error_class>, unsigned status, std::string_view body
);

// Seconds of Retry-After, at most a day; 0 when absent or a date (there is no clock here).
std::chrono::seconds retry_after(const http_headers&);

// The answer that a status alone gives: verdict, Retry-After, and "WORD(401)" as the error.
answer answer_of_status(const http_response&, std::string_view word);

// The one spelling of a carrier's message id; empty when it is no id (control characters, spaces,
// more than 128 characters).
std::string normalise_id(settings::id_form, std::string_view id);
// The same of an id in a report, which may be written in the other base (settings::report_ids).
// What is no number in that base stays as it is.
std::string normalise_report_id(const settings&, std::string_view id);
// Whether a report speaks of one part of a long text (settings::parts).
bool reports_each_part(const settings&);

// Whether a list that lacks this attempt proves that it was not taken (settings::absent_after).
bool absence_counts(const settings&, const inquiry&);

// Whole minutes, rounded down, never below one, at most `most`.
std::int64_t minutes_of(std::chrono::seconds validity, std::int64_t most);

// A string, or an integer written as one; empty when absent or something else.
std::string text_of(const nlohmann::json& object, const char* key);
// A non-negative integer, also as a digit string.
std::optional<std::int64_t> number_of(const nlohmann::json& object, const char* key);
// What an answer brings whose body is an object with a list of that name: what `read_entry` makes
// of each element, or nothing. No 200, or no such list: it can't be read.
using entry_reader = std::function<std::optional<dlr>(const nlohmann::json& element)>;
pull_reading read_pulled_list(const http_response&, const char* name, const entry_reader&);
// "HTTP(401)": what an answer of no use is called in the log.
std::string http_word(const http_response&);
// The member if it is an object, else an empty object.
const nlohmann::json& object_of(const nlohmann::json& object, const char* key);

// An entry for audit: a list of what may stay, because what a carrier adds tomorrow may quote the
// message. What is in neither list is named in "others", without its value. ASCII, at most
// limits::raw_dlr_bytes_max.
using names = std::initializer_list<const char*>;
std::string raw_of(const nlohmann::json& entry, names kept, names dropped = {});
std::string raw_of(const form& fields, names kept, names dropped = {});
std::string raw_dump(const nlohmann::json&);
// For an entry that is read piece by piece: `given` are the names that nobody knows.
void name_others(nlohmann::json& kept, const std::vector<std::string_view>& given);
bool names_others(std::string_view raw);

// What a report brings as parameters: a form in its body if it has one, else the query. None when
// that can't be read.
std::optional<form> parameters_of(const dlr_request&);

// YYMMDDhhmm, also with seconds: how SMPP's receipts write a wall clock at that offset from UTC.
std::optional<std::chrono::system_clock::time_point> short_time(
    std::string_view text, std::chrono::seconds offset
);

// Without control characters, so that no value can start a header of its own.
std::string header_value(std::string_view text);

}  // namespace pinwire::carriers::wire
