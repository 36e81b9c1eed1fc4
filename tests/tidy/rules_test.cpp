// Each rule on planted text: it must find what offends, and only that.
#include "tests/tidy/rules.hpp"

#include <gtest/gtest.h>

namespace pinwire::tidy {
namespace {

source_tree tree_of(std::string path, std::string text) {
    source_tree tree;
    tree.files.emplace_back(std::move(path), std::move(text));
    return tree;
}

std::vector<int> lines_of(const offences& found) {
    std::vector<int> result;
    for (const auto& one : found)
        result.push_back(one.line);
    return result;
}

using lines = std::vector<int>;

// One function around the statement, so that it stands where statements stand.
std::size_t co_await_faults(const std::string& statement) {
    const auto text = "namespace a {\nawaitable<void> f(int x) {\n    " + statement + "\n}\n}\n";
    return check_co_await(tree_of("worker/a.cpp", text)).size();
}

TEST(LineLength, CountsColumnsNotBytes) {
    EXPECT_TRUE(check_line_length(tree_of("a.cpp", std::string(100, 'x') + "\n")).empty());
    EXPECT_TRUE(check_line_length(tree_of("a.cpp", "//" + std::string(98, 'x') + "\n")).empty());
    EXPECT_EQ(
        lines_of(check_line_length(tree_of("a.cpp", "\n" + std::string(101, 'x') + "\n"))), lines{2}
    );
    std::string accents;
    for (int i = 0; i < 100; ++i)
        accents += "é";
    EXPECT_TRUE(check_line_length(tree_of("a.cpp", accents)).empty());
}

TEST(FunctionLength, CountsBodiesAlsoBehindInitialisers) {
    const auto body = [](int count) {
        std::string text = "{\n";
        for (int i = 0; i < count; ++i)
            text += "    if (x) { y(); }\n";
        return text + "}\n";
    };
    const auto check = [&](const std::string& head, int count) {
        const auto text = "namespace a {\n" + head + " " + body(count) + "}\n";
        return lines_of(check_function_length(tree_of("a.cpp", text)));
    };
    EXPECT_EQ(check("int f(int x)", 68), lines{});
    EXPECT_EQ(check("int f(int x)", 69), lines{2});
    EXPECT_EQ(check("a::a(int x) : x_{x}, y_{1}", 69), lines{2});
    EXPECT_EQ(check("struct s { void f() const", 69), lines{2});
    EXPECT_EQ(check("auto f(int x) -> std::vector<int>", 69), lines{2});
    EXPECT_EQ(check("TEST(A, B)", 69), lines{2});
    EXPECT_EQ(check("const auto f = [](int x)", 69), lines{2});
    EXPECT_EQ(check("class big", 69), lines{});
}

TEST(BannedWords, AreFoundInCodeOnly) {
    const auto text =
        "// detached\n"
        "auto s = \"asio::detached\";\n"
        "co_spawn(ex, f(), asio::detached);\n"
        "int detached_count;\n";
    EXPECT_EQ(lines_of(check_banned_words(tree_of("worker/a.cpp", text))), lines{3});
}

TEST(BannedWords, KnowTheirPlaces) {
    EXPECT_EQ(check_banned_words(tree_of("common/core/a.cpp", "std::cout << 1;")).size(), 1U);
    EXPECT_TRUE(check_banned_words(tree_of("cli/a.cpp", "std::cout << 1;")).empty());
    EXPECT_EQ(
        check_banned_words(tree_of("tests/unit/a.cpp", "std::this_thread::sleep_for(1s);")).size(),
        1U
    );
    EXPECT_TRUE(check_banned_words(tree_of("tests/unit/a.cpp", "co_await sleep_for(1s);")).empty());
    EXPECT_TRUE(
        check_banned_words(tree_of("tests/support/a.cpp", "std::this_thread::sleep_for(1s);"))
            .empty()
    );
    EXPECT_EQ(
        check_banned_words(tree_of("common/reports/a.cpp", "auto t = system_clock::now();")).size(),
        1U
    );
    EXPECT_TRUE(
        check_banned_words(tree_of("common/http/a.cpp", "auto t = system_clock::now();")).empty()
    );
    EXPECT_EQ(check_banned_words(tree_of("sim/a.cpp", "using namespace std;")).size(), 1U);
    EXPECT_TRUE(check_banned_words(tree_of("sim/a.cpp", "using namespace std::literals;")).empty());
}

TEST(LeftoverMarkers, AreFoundInComments) {
    const std::string marker =
        "TO"
        "DO";
    EXPECT_EQ(
        lines_of(check_leftover_markers(tree_of("a.cpp", "\n// " + marker + ": later\n"))), lines{2}
    );
    EXPECT_TRUE(check_leftover_markers(tree_of("a.cpp", "mkdtemp(\"pw-XXXXXX\")")).empty());
}

TEST(CoAwait, FindsBracedTemporaries) {
    EXPECT_EQ(co_await_faults("co_await f(request{1, 2});"), 1U);
    EXPECT_EQ(co_await_faults("co_await f({1, 2});"), 1U);
    EXPECT_EQ(co_await_faults("auto r = co_await f(x, std::string{});"), 1U);
    EXPECT_EQ(co_await_faults("co_await f(x,\n    options{\n        .a = 1,\n    });"), 1U);
    EXPECT_EQ(co_await_faults("if (co_await f(std::vector<int>{1})) { g(); }"), 1U);
    EXPECT_EQ(co_await_faults("g(thing{1}, co_await f());"), 1U);
    EXPECT_EQ(co_await_faults("co_return result{co_await f()};"), 1U);
}

TEST(CoAwait, FindsCapturingLambdas) {
    EXPECT_EQ(co_await_faults("co_await run([x] { return x; });"), 1U);
    EXPECT_EQ(co_await_faults("co_await run([&](int y) -> int { return y; }, x);"), 1U);
    EXPECT_EQ(co_await_faults("auto r = co_await run([this, a = x]() mutable { g(); });"), 1U);
}

TEST(CoAwait, LetsWellNamedThingsBe) {
    EXPECT_EQ(co_await_faults("auto r = request{1, 2}; co_await f(std::move(r));"), 0U);
    EXPECT_EQ(co_await_faults("co_await run([] { return 1; });"), 0U);
    EXPECT_EQ(co_await_faults("co_await f(list[x], (*map)[x]);"), 0U);
    EXPECT_EQ(co_await_faults("if (co_await f()) { auto y = thing{1}; g(y); }"), 0U);
    EXPECT_EQ(co_await_faults("for (auto& y : ys) { co_await f(y); } auto z = thing{1};"), 0U);
    EXPECT_EQ(co_await_faults("auto g = [x]() -> awaitable<void> { co_await f(x); }; h(g);"), 0U);
    EXPECT_EQ(co_await_faults("while (auto y = co_await f()) { g({1}); }"), 0U);
    EXPECT_EQ(co_await_faults("switch (co_await f()) { case 1: { g(t{1}); } }"), 0U);
    EXPECT_EQ(co_await_faults("try { co_await f(); } catch (const e&) { g(t{1}); }"), 0U);
    EXPECT_EQ(co_await_faults("spawn([x] { g(); }); co_await f();"), 0U);
}

TEST(Layers, KeepPureModulesPure) {
    const auto check = [](const std::string& path, const std::string& header) {
        return check_layers(tree_of(path, "#include " + header + "\n")).size();
    };
    EXPECT_EQ(check("common/core/a.cpp", "<random>"), 1U);
    EXPECT_EQ(check("common/carriers/a.cpp", "<boost/asio/awaitable.hpp>"), 1U);
    EXPECT_EQ(check("common/core/a.cpp", "<chrono>"), 0U);
    EXPECT_EQ(check("common/http/a.cpp", "<boost/asio/awaitable.hpp>"), 0U);
    EXPECT_EQ(check("worker/a.cpp", "<librdkafka/rdkafka.h>"), 1U);
    EXPECT_EQ(check("common/kafka/a.cpp", "<librdkafka/rdkafka.h>"), 0U);
    EXPECT_EQ(check("common/kafka/a.cpp", "<pqxx/pqxx>"), 1U);
    EXPECT_EQ(check("tests/a.cpp", "<pqxx/pqxx>"), 0U);
}

TEST(Layers, PointDownOnly) {
    auto tree = tree_of(
        "common/carriers/a.cpp",
        "#include \"common/core/a.hpp\"\n"
        "#include \"common/http/a.hpp\"\n"
        "#include \"worker/a.hpp\"\n"
    );
    tree.files.emplace_back("worker/b.cpp", "#include \"callback/a.hpp\"\n");
    tree.files.emplace_back("common/telemetry/b.cpp", "#include \"common/core/a.hpp\"\n");
    tree.texts.emplace_back(
        "CMakeLists.txt",
        "pinwire_module(core DEPS x)\npinwire_module(http DEPS pinwire::core)\n"
        "pinwire_module(carriers DEPS pinwire::core)\npinwire_module(telemetry DEPS "
        "pinwire::http)\n"
    );
    const auto found = check_layers(tree);
    EXPECT_EQ(lines_of(found), (lines{2, 3, 1}));
}

TEST(Headers, OpenWithACommentAndAreIncluded) {
    auto tree = tree_of("common/core/a.hpp", "// What it is for.\n#pragma once\n");
    EXPECT_EQ(check_headers(tree).size(), 1U);
    tree.files.emplace_back("common/core/a.cpp", "#include \"common/core/a.hpp\"\n");
    EXPECT_TRUE(check_headers(tree).empty());
    EXPECT_TRUE(check_includes_exist(tree).empty());
    tree.files.emplace_back("common/core/b.hpp", "#include \"a.hpp\"\n");
    EXPECT_EQ(check_headers(tree).size(), 3U);
    EXPECT_EQ(check_includes_exist(tree).size(), 1U);
}

}  // namespace
}  // namespace pinwire::tidy
