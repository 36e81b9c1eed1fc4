// What a voice says of TwiML or SSML: the text between the tags, its entities resolved. Pure.
#pragma once

#include <string>
#include <string_view>

namespace pinwire::sim {

std::string spoken_of(std::string_view markup);

}  // namespace pinwire::sim
