// What can go wrong with a statement, as its caller has to react to it. A message holds SQLSTATE
// and the server's one-line text at most, never its DETAIL, CONTEXT or a parameter: those may quote
// a row.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace pinwire::postgres {

enum class trouble {
    weather,  // everything else: nothing was done; retry the whole batch
    bad_row,  // SQLSTATE class 22 or 23: a row of the batch is at fault
    in_doubt  // the connection was lost while the statement ran: it may have been committed
};

std::string_view to_string(trouble);

// Class 22 and 23 are bad_row, everything else weather; only a lost connection is in doubt.
trouble classify(std::string_view sqlstate);

class database_error : public std::runtime_error {
public:
    database_error(trouble kind, std::string sqlstate, const std::string& message);

    trouble kind() const noexcept { return kind_; }
    const std::string& sqlstate() const noexcept { return sqlstate_; }  // empty: none was given

private:
    trouble kind_;
    std::string sqlstate_;
};

// An answer that has not the shape that the statement promises: our mistake, or another version's
// schema.
class unexpected_answer : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

}  // namespace pinwire::postgres
