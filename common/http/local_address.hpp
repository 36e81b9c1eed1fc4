// Is an address this machine's own? The routing table is asked, by a datagram socket that sends
// nothing: so it is right at any moment and needs no leave to list interfaces. Four system calls;
// any thread.
#pragma once

#include "common/core/ip_address.hpp"

namespace pinwire::http {

// Loopback ones included. False, too, for a family that the machine doesn't speak.
bool is_local_address(const ip_address& address);

// 127.0.0.0/8 and ::1, mapped ones too.
bool is_loopback(const ip_address& address);

}  // namespace pinwire::http
