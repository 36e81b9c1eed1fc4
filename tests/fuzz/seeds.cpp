// Writes what the fuzz targets start from, made of the golden files: seeds OUT SOURCE puts the
// inputs of each target into OUT/TARGET. What golden files don't hold stands in corpus/TARGET.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>

#include "tests/fuzz/carrier_harness.hpp"
#include "tests/fuzz/dlr_door.hpp"

namespace {

namespace fs = std::filesystem;
using pinwire::fuzz::input;
using pinwire::fuzz::is_digit;

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

void for_each_file(const fs::path& folder, const std::function<void(const fs::path&)>& use) {
    for (const auto& one : fs::recursive_directory_iterator(folder))
        if (one.is_regular_file()) use(one.path());
}

class target {
public:
    target(const fs::path& out, const char* name) : folder_(out / name) {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void add(std::string_view bytes) {
        std::ofstream(folder_ / std::to_string(count_++), std::ios::binary) << bytes;
    }

private:
    fs::path folder_;
    int count_ = 0;
};

// The bytes that the carriers' harness reads first.
std::string choice(std::size_t carrier, int how) {
    return {static_cast<char>(carrier), static_cast<char>(how)};
}

std::string with_status(std::string_view status) {
    const auto& all = pinwire::carriers::harness::statuses;
    const auto* found = std::find(std::begin(all), std::end(all), std::stoul(std::string(status)));
    const auto index = found == std::end(all) ? 0 : found - std::begin(all);
    return {static_cast<char>(index)};
}

// By the beginning of a golden file's name; the described carrier of texts is the last.
std::size_t carrier_of(const fs::path& file) {
    const auto& all = pinwire::carriers::harness::all_carriers();
    const auto name = file.filename().string();
    if (name.starts_with("http-text") || name.starts_with("http-dlr-form")) return all.size() - 1;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (name.starts_with(all[i]->config().kind)) return i;
    return 0;
}

// Lines "STATUS BODY", each with what becomes of it below, indented; or a body alone.
void add_answers(const fs::path& file, target& into) {
    const std::string whole = read(file);
    input lines(whole);
    const auto carrier = carrier_of(file);
    if (file.extension() == ".answer") into.add(choice(carrier, 0) + '\0' + whole);
    if (file.extension() != ".answers") return;
    while (!lines.rest().empty()) {
        const auto line = lines.line();
        if (line.size() < 4 || !is_digit(line[0]) || line[3] != ' ') continue;
        for (const int how : {0, 4})
            into.add(
                choice(carrier, how) + with_status(line.substr(0, 3)) + std::string(line.substr(4))
            );
    }
}

// Whole bodies; a file of entries has each request's parameters above what was read from it.
void add_reports(const fs::path& file, target& into) {
    constexpr int get = 1;
    constexpr int is_json = 2;
    constexpr int voice = 4;
    const std::string whole = read(file);
    const auto name = file.filename().string();
    const auto carrier = carrier_of(file);
    const int on = name.find("voice") != std::string::npos ? voice : 0;
    if (name.find("dlr") == std::string::npos) return;
    if (file.extension() == ".json") into.add(choice(carrier, is_json | on) + whole);
    if (file.extension() == ".form") into.add(choice(carrier, on) + whole);
    if (file.extension() != ".entries") return;
    input lines(whole);
    while (!lines.rest().empty()) {
        auto line = lines.line();
        if (line.starts_with("entry ") || line.starts_with(" ")) continue;
        if (line.starts_with('?')) line.remove_prefix(1);
        for (const int how : {0, get, voice})
            into.add(choice(carrier, how) + std::string(line));
    }
}

// A golden conversation's requests: their query and their body.
void add_calls(const fs::path& file, const std::function<void(std::string, std::string)>& use) {
    const std::string whole = read(file);
    input lines(whole);
    std::string query;
    std::string body;
    bool in_body = false;
    while (!lines.rest().empty()) {
        const auto line = lines.line();
        const bool asked = line.starts_with('>');
        if (!asked && (in_body || !query.empty())) {
            use(query, body);
            query = body = "";
        }
        if (!asked) in_body = false;
        if (line == ">") in_body = true;
        if (line.size() < 3 || !asked) continue;
        if (in_body) body += std::string(line.substr(2)) + "\n";
        const auto mark = line.find('?');
        if (!in_body && mark != std::string_view::npos)
            query = line.substr(mark + 1, line.find(' ', mark) - mark - 1);
    }
}

void add_carriers(const fs::path& golden, const fs::path& out) {
    target answers(out, "fuzz_answer");
    target reports(out, "fuzz_dlr");
    target inquiries(out, "fuzz_inquiry");
    for_each_file(golden / "carriers", [&](const fs::path& file) {
        add_answers(file, answers);
        add_reports(file, reports);
        const auto name = file.filename().string();
        // as corpus/fuzz_inquiry has them: carrier, channel and text, status as letters
        if (name == "360nrs-reports.json") inquiries.add("004" + read(file));
        if (name == "vonage-records.json") inquiries.add("404" + read(file));
    });
}

// Whole reports, posted as their carriers do, with a token that holds.
void add_posts(const fs::path& golden, const fs::path& out) {
    target into(out, "fuzz_http");
    const auto& all = pinwire::carriers::harness::all_carriers();
    for_each_file(golden / "carriers", [&](const fs::path& file) {
        const auto name = file.filename().string();
        const bool form = file.extension() == ".form";
        if (name.find("dlr") == std::string::npos) return;
        if (!form && file.extension() != ".json") return;
        const std::string body = read(file);
        const std::string on = name.find("voice") != std::string::npos ? "?channel=voice" : "";
        const auto door = pinwire::fuzz::door_of(all[carrier_of(file)]->config().kind);
        const std::string type = form ? "application/x-www-form-urlencoded" : "application/json";
        into.add(
            "\11\5POST " + door + on + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
        );
    });
}

void add_whole_files(const fs::path& folder, const char* name, const fs::path& out) {
    target into(out, name);
    for_each_file(folder, [&into](const fs::path& file) {
        if (file.extension() == ".json") into.add(read(file));
    });
}

void add_api(const fs::path& golden, const fs::path& out) {
    target nrs360(out, "nrs360_request_fuzz");
    for_each_file(golden / "api" / "nrs360", [&nrs360](const fs::path& file) {
        add_calls(file, [&nrs360](const std::string&, const std::string& body) {
            nrs360.add('\0' + body);
        });
    });
    target infobip(out, "infobip_request_fuzz");
    for_each_file(golden / "api" / "infobip", [&infobip](const fs::path& file) {
        add_calls(file, [&infobip](const std::string& query, const std::string& body) {
            // its readers: bits 3 to 5
            for (const char reader : {'\0', '\10', '\20', '\30', '\40', '\50'})
                infobip.add(reader + query + "\n" + body);
        });
    });
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fputs("usage: seeds OUT SOURCE\n", stderr);
        return 2;
    }
    const fs::path out = arguments[1];
    const fs::path source = arguments[2];
    const auto golden = source / "tests" / "golden";
    add_carriers(golden, out);
    add_posts(golden, out);
    add_whole_files(golden / "jobs", "fuzz_job", out);
    add_whole_files(golden / "lookup", "fuzz_lookup", out);
    add_api(golden, out);
    target(out, "fuzz_config").add(read(source / "docs" / "examples" / "pinwire.toml"));
    return 0;
}
