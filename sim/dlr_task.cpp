#include "sim/dlr_task.hpp"

#include <algorithm>

namespace pinwire::sim {

namespace {

// Whoever hangs up before it is known who he is hears nothing, as do those who don't answer.
bool asks_words(const submission& about, delivery what) {
    const bool answered = what == delivery::human || what == delivery::machine ||
                          what == delivery::unknown || what == delivery::delivered;
    return !about.words_url.empty() && answered;
}

std::vector<dlr_step> reports_of(
    const submission& about, const protocol& speaks, const dlr_step& last
) {
    std::vector<dlr_step> steps;
    const report_plan plan = about.does.plan;
    if (about.dlr_url.empty() || plan == report_plan::none || plan == report_plan::lost)
        return steps;
    dlr_step first;
    first.what = delivery::enroute;
    const bool early = about.intermediate || about.dlr_mask != 0;
    if (early && plan != report_plan::out_of_order && speaks.wants(about, first.what))
        steps.push_back(first);
    if (plan == report_plan::out_of_order) {
        // A carrier that misbehaves does not ask what was wished for.
        steps.push_back(last);
        steps.push_back(first);
        return steps;
    }
    if (!speaks.wants(about, last.what)) return steps;
    if (plan == report_plan::wrong_token_first) {
        dlr_step wrong = last;
        wrong.wrong_token = true;
        steps.push_back(wrong);
    }
    steps.push_back(last);
    if (plan == report_plan::twice) steps.push_back(last);
    return steps;
}

}  // namespace

std::vector<dlr_step> plan_reports(const submission& about, const protocol& speaks) {
    const delivery usual =
        about.what == request_kind::voice ? delivery::human : delivery::delivered;
    dlr_step last;
    last.what = about.does.outcome.value_or(usual);
    auto steps = reports_of(about, speaks, last);
    if (!asks_words(about, last.what)) return steps;
    dlr_step question = last;
    question.asks_words = true;
    const auto end = std::find_if(steps.begin(), steps.end(), [&last](const dlr_step& one) {
        return one.what == last.what;
    });
    steps.insert(end, question);
    return steps;
}

std::string url_of(const dlr_task& task, std::chrono::system_clock::time_point now) {
    if (task.step().asks_words) return task.about->words_url;
    report one;
    one.about = task.about;
    one.what = task.step().what;
    auto target = task.speaks->url_of(one, now);
    return task.step().wrong_token ? spoil_token(std::move(target)) : target;
}

std::string spoil_token(std::string url) {
    const auto end = std::min(url.find_first_of("?#"), url.size());
    const auto slash = url.rfind('/', end == 0 ? 0 : end - 1);
    const auto start = slash == std::string::npos ? 0 : slash + 1;
    if (start >= end) return url;
    // Not the very last character: some encodings have spare bits there.
    const auto place = end - start >= 3 ? end - 3 : start;
    url[place] = url[place] == '0' ? '1' : '0';
    return url;
}

}  // namespace pinwire::sim
