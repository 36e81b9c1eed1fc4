// Where reports of endpoints that were full or broken were left in the table: so each can go on
// from there once it has room, without a round over everybody's. Bounded; what is forgotten, a
// round finds. Loop thread only.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "callback/parcel.hpp"

namespace pinwire::callback {

template <class Place>
class left_behind {
public:
    explicit left_behind(std::size_t most = 2000) : most_(most) {}

    // Something of it stands behind that place.
    void note(const endpoint_key& key, const Place& behind) {
        const auto found = places_.find(key);
        if (found != places_.end()) {
            found->second = std::min(found->second, behind);
        } else if (places_.size() < most_) {
            places_.emplace(key, behind);
        }
    }

    bool contains(const endpoint_key& key) const { return places_.contains(key); }
    std::size_t size() const noexcept { return places_.size(); }

    // The next in turn that has room; it is taken out. Whoever comes to its end without having
    // taken all notes it again.
    template <class HasRoom>
    std::optional<std::pair<endpoint_key, Place>> next(HasRoom has_room) {
        auto at = last_ ? places_.upper_bound(*last_) : places_.begin();
        for (std::size_t left = places_.size(); left > 0; --left, ++at) {
            if (at == places_.end()) at = places_.begin();
            if (!has_room(at->first)) continue;
            last_ = at->first;
            const auto found = places_.extract(at);
            return std::pair(found.key(), found.mapped());
        }
        return std::nullopt;
    }

private:
    std::size_t most_;
    std::map<endpoint_key, Place> places_;
    std::optional<endpoint_key> last_;
};

}  // namespace pinwire::callback
