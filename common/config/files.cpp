#include "common/config/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "common/config/descriptor.hpp"
#include "common/reports/signature.hpp"

namespace pinwire::config {

namespace {

constexpr std::size_t secret_bytes_max = 64 * 1024;
constexpr std::string_view credentials = "$CREDENTIALS_DIRECTORY";

struct resolved {
    std::filesystem::path path;
    std::string wrong;
};

resolved resolve(const std::string& written, const read_context& context) {
    if (written.empty()) return {{}, "is empty"};
    if (written.rfind(credentials, 0) != 0) {
        if (written.find('$') != std::string::npos)
            return {{}, "holds a $ that stands for nothing"};
        return {(context.folder / written).lexically_normal(), {}};
    }
    const auto rest = written.substr(credentials.size());
    if (rest.size() < 2 || rest.front() != '/')
        return {{}, fmt::format("needs /NAME after {}", credentials)};
    const auto& folder = context.options.credentials_directory;
    if (folder && !folder->empty()) return {std::filesystem::path(*folder + rest), {}};
    if (!context.options.read_secrets) return {written, {}};
    return {{}, fmt::format("needs {}, which isn't set (systemd sets it)", credentials)};
}

std::string error_text(int code) {
    return code == ENOENT ? "doesn't exist"
                          : "can't be read: " + std::generic_category().message(code);
}

// Never waits: a FIFO would hold the program for ever. Below 0: errno says why.
int open_for_reading(const std::filesystem::path& file) {
    return ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

constexpr std::string_view path_rule = "a path";
constexpr std::string_view secret_rule = "a path to a file that others may not read (chmod o-rwx)";

// Resolves, reads and hands over; `take` may throw std::exception to refuse the content.
std::string take_secret(
    const node& given,
    const read_context& context,
    std::filesystem::path& path,
    const std::function<void(secret&&)>& take
) {
    if (given.what != node::kind::text) return "must be a path in quotes";
    auto found = resolve(given.text, context);
    if (!found.wrong.empty()) return found.wrong;
    path = found.path;
    if (!context.options.read_secrets) return {};
    auto read = read_secret_file(path);
    if (auto* wrong = std::get_if<std::string>(&read)) return *wrong;
    try {
        take(std::move(std::get<secret>(read)));
    } catch (const std::exception& error) {
        return fmt::format("{}: {}", path.string(), error.what());
    }
    return {};
}

binding path_binding(std::string name, std::string_view type, std::filesystem::path& path) {
    binding made;
    made.name = std::move(name);
    made.type = type;
    made.allowed = type == "secret file" ? secret_rule : path_rule;
    made.write = [&path] { return path.empty() ? std::string() : in_quotes(path.string()); };
    return made;
}

}  // namespace

std::variant<secret, std::string> read_secret_file(const std::filesystem::path& file) {
    const auto wrong = [&file](const std::string& what) { return file.string() + " " + what; };
    const descriptor open(open_for_reading(file));
    if (open.get() < 0) return wrong(error_text(errno));
    struct stat info {};
    if (::fstat(open.get(), &info) != 0) return wrong(error_text(errno));
    if (!S_ISREG(info.st_mode)) return wrong("is no regular file");
    if ((info.st_mode & 007) != 0)
        return wrong(fmt::format(
            "may be read or written by others (mode {:04o})",
            static_cast<unsigned>(info.st_mode & 07777)
        ));
    if (static_cast<std::uintmax_t>(info.st_size) > secret_bytes_max)
        return wrong(fmt::format("is larger than {} bytes", secret_bytes_max));
    std::string text(secret_bytes_max + 1, '\0');
    std::size_t used = 0;
    while (used < text.size()) {
        const auto got = ::read(open.get(), text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return wrong(error_text(errno));
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    // Into a string of its own size: the secret's wiping covers all of it.
    std::string_view view(text.data(), used);
    if (!view.empty() && view.back() == '\n') view.remove_suffix(1);
    if (!view.empty() && view.back() == '\r') view.remove_suffix(1);
    secret made{std::string(view)};
    const secret wiped(std::move(text));
    if (made.empty()) return wrong("is empty");
    return made;
}

binding secret_in(std::string name, std::filesystem::path& path, secret& value) {
    auto made = path_binding(std::move(name), "secret file", path);
    made.read = [&path, &value](const node& given, const read_context& context) {
        return take_secret(given, context, path, [&value](secret&& read) {
            value = std::move(read);
        });
    };
    return made;
}

binding secret_in(std::string name, secret_file& target) {
    return secret_in(std::move(name), target.path, target.value);
}

binding ring_in(std::string name, std::filesystem::path& path, std::optional<key_ring>& target) {
    auto made = path_binding(std::move(name), "secret file", path);
    made.allowed += ", made by `pinwire keys make`";
    made.read = [&path, &target](const node& given, const read_context& context) {
        return take_secret(given, context, path, [&target](secret&& read) {
            target = key_ring::parse(read.reveal());
        });
    };
    return made;
}

binding webhook_secrets_in(
    std::string name, std::vector<std::filesystem::path>& paths, std::vector<secret>& targets
) {
    binding made;
    made.name = std::move(name);
    made.type = "list of secret files";
    made.allowed = "at most 2; each " + std::string(secret_rule) + "; whsec_ and base64 inside";
    made.read = [&paths, &targets](const node& given, const read_context& context) -> std::string {
        if (given.what != node::kind::array) return "must be a list in brackets";
        if (given.items.size() > 2) return fmt::format("has {} items", given.items.size());
        std::string all_wrong;
        for (const auto& item : given.items) {
            std::filesystem::path path;
            const auto wrong = take_secret(item, context, path, [&targets](secret&& read) {
                targets.push_back(reports::parse_webhook_secret(read.reveal()));
            });
            if (wrong.empty()) paths.push_back(path);
            if (!wrong.empty()) all_wrong += (all_wrong.empty() ? "" : "; ") + wrong;
        }
        return all_wrong;
    };
    made.write = [&paths] {
        std::string joined;
        for (const auto& path : paths)
            joined += (joined.empty() ? "" : ", ") + in_quotes(path.string());
        return "[" + joined + "]";
    };
    return made;
}

binding public_file(std::string name, std::filesystem::path& path) {
    auto made = path_binding(std::move(name), "file", path);
    made.read = [&path](const node& given, const read_context& context) -> std::string {
        if (given.what != node::kind::text) return "must be a path in quotes";
        auto found = resolve(given.text, context);
        if (!found.wrong.empty()) return found.wrong;
        path = found.path;
        if (!context.options.read_secrets) return {};
        const descriptor open(open_for_reading(path));
        if (open.get() < 0) return path.string() + " " + error_text(errno);
        struct stat info {};
        if (::fstat(open.get(), &info) != 0 || !S_ISREG(info.st_mode))
            return path.string() + " is no regular file";
        return {};
    };
    return made;
}

binding folder(std::string name, std::filesystem::path& path) {
    auto made = path_binding(std::move(name), "folder", path);
    made.read = [&path](const node& given, const read_context& context) -> std::string {
        if (given.what != node::kind::text) return "must be a path in quotes";
        auto found = resolve(given.text, context);
        if (!found.wrong.empty()) return found.wrong;
        path = found.path;
        return {};
    };
    return made;
}

}  // namespace pinwire::config
