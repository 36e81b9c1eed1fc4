// Reader of libpq's key=value connection text: which keys it holds, and what they say. Pure; errors
// are said in words.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace pinwire {

struct conninfo_reading {
    std::map<std::string, std::string> values;  // without quotes and backslashes; the last counts
    std::string wrong;                          // why it can't be read; empty: it was
};

conninfo_reading read_conninfo(std::string_view text);

}  // namespace pinwire
