#include "sim/dlr_poster.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "common/runtime/asio.hpp"
#include "common/runtime/task_group.hpp"

namespace pinwire::sim {

namespace {

using clock = std::chrono::steady_clock;

// "http://host:port" of a URL that may still hold Kannel's escapes.
std::string origin_of(const std::string& url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    return url.substr(0, url.find_first_of("/?#", scheme + 3));
}

// Reports for one carrier's callback may share a request whatever their tokens are.
std::string batch_key(const submission& about) {
    const std::string path = about.dlr_url.substr(0, about.dlr_url.find_first_of("?#"));
    return about.instance + '\n' + about.kind + '\n' + path.substr(0, path.rfind('/'));
}

struct timed {
    clock::time_point due;
    std::uint64_t order = 0;
    dlr_task task;
};

bool later(const timed& left, const timed& right) {
    return left.due != right.due ? left.due > right.due : left.order > right.order;
}

using members = std::vector<dlr_task>;

struct lane {
    std::deque<members> ready;
    std::size_t active = 0;
};

struct open_batch {
    clock::time_point flush_at;
    members tasks;
};

}  // namespace

class dlr_poster::impl {
public:
    impl(boost::asio::io_context& context, http::client& via, const settings& given, observer told)
        : executor_(context.get_executor()),
          client_(via),
          settings_(given),
          told_(std::move(told)),
          timer_(executor_),
          workers_(executor_, [](std::exception_ptr) {}) {
        timing_ = {
            given.dlr_delay,
            given.dlr_retry,
            given.dlr_tries_max,
            given.dlr_batch_max,
            given.dlr_batch_wait};
    }

    dlr_timing timing_{};

    bool schedule(dlr_task task, std::chrono::milliseconds delay) {
        if (stopping_ || waiting_ >= settings_.dlr_waiting_max) return false;
        task.age = age_;
        ++waiting_;
        put(std::move(task), delay);
        return true;
    }

    awaitable<void> post_now(dlr_task task) {
        if (stopping_) co_return;
        task.age = age_;
        ++waiting_;
        members one;
        one.push_back(std::move(task));
        co_await post(std::move(one));
    }

    std::size_t waiting() const { return waiting_; }

    void clear() {
        ++age_;
        drop_waiting();
    }

    awaitable<void> stop(std::chrono::milliseconds grace) {
        stopping_ = true;
        drop_waiting();
        timer_.cancel();
        co_await workers_.drain(grace);
    }

private:
    // What is under way goes on.
    void drop_waiting() {
        for (const auto& [origin, at] : lanes_)
            for (const members& group : at.ready)
                waiting_ -= group.size();
        for (const auto& [key, open] : batches_)
            waiting_ -= open.tasks.size();
        waiting_ -= heap_.size();
        heap_.clear();
        batches_.clear();
        for (auto& [origin, at] : lanes_)
            at.ready.clear();
    }

    void put(dlr_task task, std::chrono::milliseconds delay) {
        timed entry;
        entry.due = clock::now() + delay;
        entry.order = order_++;
        entry.task = std::move(task);
        const bool sooner = heap_.empty() || entry.due < heap_.front().due;
        heap_.push_back(std::move(entry));
        std::push_heap(heap_.begin(), heap_.end(), later);
        if (sooner) arm();
    }

    void arm() {
        auto wake = clock::time_point::max();
        if (!heap_.empty()) wake = heap_.front().due;
        for (const auto& [key, open] : batches_)
            wake = std::min(wake, open.flush_at);
        if (stopping_ || wake == clock::time_point::max()) return;
        timer_.expires_at(wake);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error && !stopping_) release_due();
        });
    }

    void release_due() {
        const auto now = clock::now();
        while (!heap_.empty() && heap_.front().due <= now) {
            std::pop_heap(heap_.begin(), heap_.end(), later);
            dlr_task task = std::move(heap_.back().task);
            heap_.pop_back();
            release(std::move(task), now);
        }
        for (auto open = batches_.begin(); open != batches_.end();) {
            if (open->second.flush_at > now) {
                ++open;
                continue;
            }
            enqueue(std::move(open->second.tasks));
            open = batches_.erase(open);
        }
        arm();
    }

    void release(dlr_task task, clock::time_point now) {
        members one;
        const bool alone = task.step().wrong_token || task.step().asks_words;
        if (timing_.batch_max <= 1 || !task.speaks->can_batch() || alone) {
            one.push_back(std::move(task));
            enqueue(std::move(one));
            return;
        }
        const std::string key = batch_key(*task.about);
        open_batch& open = batches_[key];
        if (open.tasks.empty()) open.flush_at = now + timing_.batch_wait;
        open.tasks.push_back(std::move(task));
        if (open.tasks.size() < timing_.batch_max) return;
        enqueue(std::move(open.tasks));
        batches_.erase(key);
    }

    void enqueue(members tasks) {
        const dlr_task& first = tasks.front();
        const bool asks = first.step().asks_words;
        const std::string origin = origin_of(asks ? first.about->words_url : first.about->dlr_url);
        lane& at = lanes_[origin];
        at.ready.push_back(std::move(tasks));
        if (at.active >= settings_.dlr_per_endpoint_max) return;
        ++at.active;
        workers_.spawn(serve(origin), "dlr");
    }

    // One of an origin's workers: goes on while there is something to post.
    awaitable<void> serve(std::string origin) {
        lane& at = lanes_[origin];  // stays while active
        while (!at.ready.empty() && !stopping_) {
            members next = std::move(at.ready.front());
            at.ready.pop_front();
            co_await post(std::move(next));
        }
        if (--at.active == 0 && at.ready.empty()) lanes_.erase(origin);
    }

    awaitable<void> post(members tasks) {
        const auto posted_at = std::chrono::system_clock::now();
        std::vector<report> reports;
        reports.reserve(tasks.size());
        for (const dlr_task& task : tasks) {
            report one;
            one.about = task.about;
            one.what = task.step().what;
            reports.push_back(std::move(one));
        }
        const dlr_task& first = tasks.front();
        const bool asks = first.step().asks_words;
        const std::string target = url_of(first, posted_at);
        // Where a call's platform asks for its words may be longer than a URL of ours elsewhere.
        const std::string origin = origin_of(target);
        const auto where = url::parse(asks ? origin : target);
        http::exchange ended;
        if (where) {
            http::request what =
                asks ? first.speaks->ask_words(
                           reports.front(), std::string_view(target).substr(origin.size())
                       )
                     : first.speaks->post(reports, where->target(), posted_at);
            http::endpoint to(*where);
            http::call_options how;
            how.answer_timeout = settings_.dlr_answer_timeout;
            ended = co_await client_.send(std::move(to), std::move(what), std::move(how));
        } else {
            ended.error = "no URL: " + std::string(to_string(where.error()));
        }
        finish(std::move(tasks), ended, posted_at, where.has_value());
    }

    void finish(
        members tasks,
        const http::exchange& ended,
        std::chrono::system_clock::time_point posted_at,
        bool had_url
    ) {
        const std::size_t batch_size = tasks.size();
        bool head = true;
        for (dlr_task& task : tasks) {
            if (task.age != age_) {
                --waiting_;
                continue;
            }
            ++task.tries;
            dlr_try told{*task.about, task.step()};
            told.number = task.tries;
            told.batch_size = batch_size;
            told.batch_head = head;
            head = false;
            if (ended.answered()) told.answer = ended.answer.status;
            if (told.step.asks_words) told.said = ended.answer.body;
            told.acknowledged = ended.answered() && task.speaks->acknowledged(ended.answer);
            if (!ended.answered()) told.error = error_of(ended);
            told.posted_at = posted_at;
            told.ended_at = std::chrono::system_clock::now();
            const bool once = told.step.wrong_token || told.step.asks_words;
            const bool over = told.taken() || once;
            told.given_up = !over && (task.tries >= timing_.tries_max || !had_url);
            told_(told);
            go_on(std::move(task), over, told.given_up);
        }
    }

    static std::string error_of(const http::exchange& ended) {
        if (!ended.error.empty()) return ended.error;
        return std::string(http::to_string(ended.why));
    }

    void go_on(dlr_task task, bool over, bool given_up) {
        if (over) {
            ++task.at;
            task.tries = 0;
        }
        if (given_up || stopping_ || task.at >= task.steps.size()) {
            --waiting_;
            return;
        }
        put(std::move(task), over ? std::chrono::milliseconds(0) : timing_.retry);
    }

    executor executor_;
    http::client& client_;
    const settings& settings_;
    observer told_;
    steady_timer timer_;
    std::vector<timed> heap_;  // earliest first
    std::map<std::string, open_batch> batches_;
    std::map<std::string, lane> lanes_;
    std::size_t waiting_ = 0;
    std::uint64_t order_ = 0;
    std::uint64_t age_ = 0;
    bool stopping_ = false;
    task_group workers_;  // last: its tasks use all of the above
};

dlr_poster::dlr_poster(
    boost::asio::io_context& context, http::client& via, const settings& given, observer told
)
    : impl_(std::make_shared<impl>(context, via, given, std::move(told))) {}

dlr_poster::~dlr_poster() = default;

dlr_timing& dlr_poster::timing() {
    return impl_->timing_;
}

bool dlr_poster::schedule(dlr_task task, std::chrono::milliseconds delay) {
    return impl_->schedule(std::move(task), delay);
}

awaitable<void> dlr_poster::post_now(dlr_task task) {
    return impl_->post_now(std::move(task));
}

std::size_t dlr_poster::waiting() const {
    return impl_->waiting();
}

void dlr_poster::clear() {
    impl_->clear();
}

awaitable<void> dlr_poster::stop(std::chrono::milliseconds grace) {
    return impl_->stop(grace);
}

}  // namespace pinwire::sim
