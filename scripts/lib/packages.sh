# Which packages each group of scripts/setup means, for Debian 12 and 13; to be sourced.

# packages_of GROUP RELEASE: one line of names; false for an unknown group.
packages_of() {
    local group=$1 release=$2 boost=libboost-dev fuzzer=libclang-rt-dev
    if [[ $release == 12 ]]; then
        boost=libboost1.81-dev # 1.74 is Debian 12's default
        fuzzer=libclang-rt-14-dev
    fi
    case $group in
    build)
        echo "g++ make cmake ninja-build pkg-config $boost librdkafka-dev libpqxx-dev" \
            "nlohmann-json3-dev libspdlog-dev libfmt-dev prometheus-cpp-dev libtomlplusplus-dev" \
            "libcli11-dev libssl-dev libsystemd-dev libc-ares-dev libjemalloc-dev"
        ;;
    demo) echo "postgresql curl jq" ;;
    kafka) echo "default-jre-headless maven ca-certificates" ;; # Apache Kafka: tests, demo --kafka apache
    test)
        echo "default-jre-headless maven ca-certificates libgtest-dev libgmock-dev kannel" \
            "nginx-light libnginx-mod-stream prometheus systemd curl jq procps python3 python3-venv python3-jsonschema"
        ;;
    package) echo "dpkg-dev file" ;; # cpack asks them for libraries
    bench) echo "libbenchmark-dev" ;;
    developer) echo "ccache clang-format clang-tidy" ;;
    clang) echo "clang" ;;
    fuzz) echo "clang $fuzzer" ;;
    *) return 1 ;;
    esac
}
