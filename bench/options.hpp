// What pinwire-bench is told; main.cpp reads it from the command line. Plain values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace pinwire::bench {

struct options {
    std::string kafka;  // bootstrap servers
    std::string topic = "pin.jobs";
    std::string conninfo;  // a role that may read the tables
    std::string sim;       // http://HOST:PORT
    std::string account = "bench";

    std::vector<std::pair<std::string, pid_t>> processes;  // by name
    pid_t postmaster = 0;  // its children count too; 0: not measured

    std::size_t jobs = 30'000;    // saturation; 0: left out
    std::size_t backlog = 6'000;  // jobs between producer and customer, at most
    std::size_t warm_up = 500;
    std::size_t rate = 500;         // open loop, jobs a second
    std::chrono::seconds span{20};  // open loop; 0: left out
    std::size_t requests = 40'000;  // bare HTTP, for each client; 0: left out

    std::uint16_t api_port = 0;  // pinwire-api on loopback; 0: not measured
    std::string api_key;         // of the account
    std::string ring;            // the key ring's text, to mint the PINs that are guessed
    std::vector<std::size_t> request_rates{100, 250, 500};      // orders a second
    std::vector<std::size_t> guess_rates{1000, 2000, 4000, 0};  // 0: as many as are answered
    std::chrono::seconds api_span{10};                          // of each rate

    std::string trouble;           // hang, reset, garbage, throttle, dns, certificate; empty: none
    std::uint16_t front_port = 0;  // where the sick carrier's TLS front stands; 0: it has none
    std::uint16_t names_port = 0;  // of the name server that knows it
    std::string front_certificates;  // a folder with right.pem and wrong.pem

    std::chrono::seconds limit{180};  // of each measurement
    std::string json;                 // a file; empty: none
};

}  // namespace pinwire::bench
