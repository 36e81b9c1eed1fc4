// Runs one fuzz target over what is at hand, without a fuzzer and with any compiler: every file of
// the folders that are named, whole, then cut and with bytes changed. Each run does the same; what
// it was at is printed when a rule breaks.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

constexpr int changes_per_file = 20;

std::string present;  // what is being run
std::string bytes;

extern "C" void show(int) {
    constexpr std::string_view text = "\nbroken by ";
    auto written = ::write(STDERR_FILENO, text.data(), text.size());
    written += ::write(STDERR_FILENO, present.data(), present.size());
    const int file = ::creat("replay-crash", 0644);
    written += ::write(file, bytes.data(), bytes.size());
    (void)written;
    (void)::close(file);
}

std::vector<fs::path> files_below(int count, char** folders) {
    std::vector<fs::path> all;
    for (int i = 0; i < count; ++i) {
        if (!fs::is_directory(folders[i])) continue;
        for (const auto& one : fs::recursive_directory_iterator(folders[i]))
            if (one.is_regular_file()) all.push_back(one.path());
    }
    std::sort(all.begin(), all.end());
    return all;
}

void run(std::string name) {
    present = std::move(name) + " (as it was: replay-crash)\n";
    // a copy of exactly its size, so that reading past the end is seen
    const std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(copy.data(), copy.size());
}

void change(std::mt19937& draws) {
    const auto draw = [&draws](std::size_t below) { return draws() % below; };
    if (!bytes.empty() && draw(4) == 0) bytes.resize(draw(bytes.size()));
    for (auto left = draw(4); left > 0 && !bytes.empty(); --left)
        bytes[draw(bytes.size())] = static_cast<char>(draw(256));
}

}  // namespace

int main(int count, char** arguments) {
    std::signal(SIGABRT, show);
    std::mt19937 draws(5);
    const auto files = files_below(count - 1, arguments + 1);
    for (const auto& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::string whole(std::istreambuf_iterator<char>(in), {});
        bytes = whole;
        run(file.string());
        for (int i = 1; i <= changes_per_file; ++i) {
            bytes = whole;
            change(draws);
            run(file.string() + ", change " + std::to_string(i));
        }
    }
    std::puts((std::to_string(files.size()) + " files").c_str());
    return files.empty() ? 1 : 0;  // a target without a corpus is forgotten, not tested
}
