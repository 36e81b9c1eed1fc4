#include "cli/key_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "cli/output.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/text.hpp"
#include "common/core/time_format.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

std::string make_line(const std::string& id, bool active) {
    try {
        auto line = key_ring::make_line(key_id(id), random_bytes<32>(), active);
        if (!line.ends_with('\n')) line += '\n';
        return line;
    } catch (const std::runtime_error& error) {
        throw failure(exit_code::wrong, fmt::format("--id {}: {}", id, error.what()));
    }
}

[[noreturn]] void refuse(const std::filesystem::path& file, int code) {
    if (code == EEXIST) {
        throw failure(
            exit_code::wrong,
            fmt::format(
                "{0} is there already and is never overwritten: the PINs that it sealed would be "
                "lost. A key is added by `pinwire keys rotate --file {0}`",
                file.string()
            )
        );
    }
    throw failure(
        exit_code::failed,
        fmt::format("{} can't be written: {}", file.string(), std::generic_category().message(code))
    );
}

// Durable before anything is sealed with it.
void write_new(const std::filesystem::path& file, const std::string& text) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) refuse(file, errno);
    std::size_t written = 0;
    int error = 0;
    while (written < text.size() && error == 0) {
        const auto some = ::write(fd, text.data() + written, text.size() - written);
        if (some > 0) written += static_cast<std::size_t>(some);
        if (some < 0 && errno != EINTR) error = errno;
    }
    if (error == 0 && ::fchmod(fd, 0600) != 0) error = errno;
    if (error == 0 && ::fsync(fd) != 0) error = errno;
    if (::close(fd) != 0 && error == 0) error = errno;
    if (error == 0) return;
    ::unlink(file.c_str());
    refuse(file, error);
}

std::string todays_key_id() {
    const auto now = format_rfc3339(std::chrono::system_clock::now());  // 2026-11-22T…
    return now.substr(2, 2) + now.substr(5, 2) + now.substr(8, 2);
}

}  // namespace

exit_code make_key(const common_options& common, const key_options& options) {
    const auto id = options.id.empty() ? todays_key_id() : options.id;
    const auto line = make_line(id, options.active || !options.file.empty());
    if (options.file.empty()) {
        if (!common.json) {
            print(line);
            return exit_code::ok;
        }
        nlohmann::ordered_json answer;
        answer["id"] = id;
        answer["line"] = trimmed(line);
        print_json(answer);
        return exit_code::ok;
    }
    write_new(options.file, line);
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["file"] = options.file.string();
        answer["id"] = id;
        answer["active"] = true;
        print_json(answer);
    } else {
        print(fmt::format("{} holds key {}, active.\n", options.file.string(), id));
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
