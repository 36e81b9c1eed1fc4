// A text of the configuration with {placeholders}, for a request that is wholly described there. A
// brace that doesn't open one of +?[a-z_]+ is a plain brace, so that JSON can be written as it is;
// one that opens an unknown name is a mistake. Filled in one pass: what a value holds is never
// looked at again, only escaped as the place demands. Pure.
#pragma once

#include <boost/system/result.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire {

// How a value must be written so that it is read back as it was.
enum class escaping {
    none,
    json,    // inside a JSON string; ill-formed UTF-8 becomes U+FFFD
    form,    // application/x-www-form-urlencoded
    target,  // a path or a query: everything but A-Z a-z 0-9 - . _ ~ as %XX
    xml,     // text or attribute; characters that XML can't hold become U+FFFD
    header   // without control characters, so that no value can start a header of its own
};
std::string escaped(escaping, std::string_view value);

class text_template {
public:
    // The error is the unknown name, with its braces.
    static boost::system::result<text_template, std::string> parse(
        std::string_view text, std::span<const std::string_view> known
    );

    text_template() = default;

    bool empty() const { return pieces_.empty(); }
    bool holds(std::string_view name) const;
    // The views need to live for the call only.
    std::string fill(
        escaping, const std::function<std::string_view(std::string_view name)>& value_of
    ) const;

private:
    struct piece {
        std::string text;  // as it stands, or a placeholder's name
        bool is_name = false;
    };
    std::vector<piece> pieces_;
};

}  // namespace pinwire
