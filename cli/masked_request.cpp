#include "cli/masked_request.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "common/core/base64.hpp"
#include "common/core/form.hpp"
#include "common/core/url.hpp"

namespace pinwire::cli {
namespace {

constexpr std::string_view mask_text = "****";
// Values of these are credentials, whatever they are made of (signatures, tokens).
constexpr std::string_view telling[] = {"auth", "key", "token", "password", "secret", "sign"};

std::string lower(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool is_credential(const std::string& header) {
    const auto name = lower(header);
    return std::any_of(std::begin(telling), std::end(telling), [&name](std::string_view word) {
        return name.find(word) != std::string::npos;
    });
}

std::string base64_of(const std::string& text) {
    return base64_encode(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
    );
}

// As it is, in a URL, in a form, in JSON, and behind Basic.
std::vector<secret> forms_of(const carriers::settings& carrier) {
    const std::string clear(carrier.password.reveal());
    form in_form;
    in_form.add("x", clear);
    auto quoted =
        nlohmann::json(clear).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::vector<secret> all;
    all.emplace_back(clear);
    all.emplace_back(percent_encode(clear));
    all.emplace_back(in_form.encode().substr(2));
    all.emplace_back(quoted.substr(1, quoted.size() - 2));
    all.emplace_back(base64_of(clear));
    all.emplace_back(base64_of(carrier.username + ":" + clear));
    std::erase_if(all, [](const secret& one) { return one.empty(); });
    return all;
}

}  // namespace

std::string shown_request::masked(std::string text) const {
    for (const auto& one : hidden) {
        const auto found = one.reveal();
        for (auto at = text.find(found); at != std::string::npos;
             at = text.find(found, at + mask_text.size()))
            text.replace(at, found.size(), mask_text);
    }
    return text;
}

shown_request mask(const carriers::settings& carrier, const http_request& request) {
    shown_request made;
    made.hidden = forms_of(carrier);
    made.method = request.method;
    if (const auto base = url::parse(carrier.base_url)) made.origin = base->origin();
    made.target = made.masked(request.target);
    made.body = made.masked(request.body);
    for (const auto& [name, value] : request.headers)
        made.headers.emplace_back(
            name, is_credential(name) ? std::string(mask_text) : made.masked(value)
        );
    return made;
}

}  // namespace pinwire::cli
