// A certificate authority and server certificates made on the spot, as files below a directory of
// their own.
#pragma once

#include <string>

namespace pinwire::test {

class certificates {
public:
    certificates();  // makes the authority
    ~certificates();
    certificates(const certificates&) = delete;
    certificates& operator=(const certificates&) = delete;

    std::string ca_file() const { return folder_ + "/ca.pem"; }
    // A certificate for this DNS name, and its key, both in the file that is named.
    std::string make(const std::string& dns_name) const;
    const std::string& folder() const { return folder_; }

private:
    std::string folder_;
};

}  // namespace pinwire::test
