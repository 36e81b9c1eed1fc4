#include "common/runtime/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <list>
#include <utility>

#include "common/runtime/deadline.hpp"
#include "common/runtime/wakeup.hpp"

namespace pinwire {
namespace {

struct live_task {
    boost::asio::cancellation_signal stop;
    std::string name;
};

bool is_abort(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const boost::system::system_error& e) {
        return e.code() == boost::asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

struct task_group::state {
    state(executor e, error_handler handler)
        : ex(std::move(e)), on_error(std::move(handler)), left(ex) {}

    void cancel() {
        // A copy: what a signal sets off may end tasks and change the list.
        const std::vector<std::shared_ptr<live_task>> all(live.begin(), live.end());
        for (const auto& task : all)
            task->stop.emit(boost::asio::cancellation_type::terminal);
    }

    executor ex;
    error_handler on_error;
    std::list<std::shared_ptr<live_task>> live;
    wakeup left;  // the last task has ended
    bool closed = false;
};

task_group::task_group(executor ex, error_handler on_error)
    : state_(std::make_shared<state>(std::move(ex), std::move(on_error))) {}

task_group::~task_group() {
    state_->closed = true;
    state_->cancel();
}

void task_group::spawn(awaitable<void> task, std::string name) {
    if (state_->closed) {
        throw boost::system::system_error(boost::asio::error::operation_aborted, "group is closed");
    }
    auto entry = std::make_shared<live_task>();
    entry->name = std::move(name);
    const auto at = state_->live.insert(state_->live.end(), entry);
    auto ended = [group = state_, entry, at](std::exception_ptr error) {
        group->live.erase(at);
        if (group->live.empty()) group->left.notify();
        if (error && group->on_error && !is_abort(error)) group->on_error(error);
    };
    boost::asio::co_spawn(
        state_->ex,
        std::move(task),
        boost::asio::bind_cancellation_slot(entry->stop.slot(), std::move(ended))
    );
}

awaitable<bool> task_group::drain(std::chrono::milliseconds grace) {
    const auto group = state_;
    const auto by = deadline_in(grace);
    bool in_time = true;
    while (in_time && !group->live.empty()) {
        in_time = co_await group->left.wait_until(by);
    }
    group->closed = true;
    if (group->live.empty()) co_return true;
    group->cancel();
    while (!group->live.empty())
        co_await group->left.wait();
    co_return false;
}

void task_group::cancel() {
    state_->cancel();
}

std::size_t task_group::size() const noexcept {
    return state_->live.size();
}

std::vector<std::string> task_group::names() const {
    std::vector<std::string> all;
    all.reserve(state_->live.size());
    for (const auto& task : state_->live)
        all.push_back(task->name);
    return all;
}

}  // namespace pinwire
