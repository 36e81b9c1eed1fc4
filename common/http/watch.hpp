// Deadlines of many connections behind one timer: moving a deadline is an assignment, because the
// timer is only touched when one moves before the moment at which it would wake anyway. (A timer
// per connection costs more than parsing the message.) Late by at most `grain`. Single-threaded.
// Internal to common/http.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>

namespace pinwire::http {

class watch : public std::enable_shared_from_this<watch> {
public:
    using clock = std::chrono::steady_clock;
    static constexpr auto grain = std::chrono::milliseconds(5);

    // Unlinks itself when destroyed.
    class item : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    public:
        item() = default;
        item(const item&) = delete;
        item& operator=(const item&) = delete;
        virtual ~item() = default;

    protected:
        virtual void on_deadline() = 0;  // disarmed before it is called

    private:
        friend class watch;
        clock::time_point deadline_{};
    };

    explicit watch(boost::asio::io_context& context) : timer_(context) {}

    void arm(item& who, clock::time_point deadline);
    static void disarm(item& who);
    void stop();  // everybody's deadline is now; drops the timer

private:
    using timer = boost::asio::basic_waitable_timer<
        clock,
        boost::asio::wait_traits<clock>,
        boost::asio::io_context::executor_type>;
    using items = boost::intrusive::list<item, boost::intrusive::constant_time_size<false>>;

    void sleep_until(clock::time_point when);
    void wake();

    timer timer_;
    items items_;
    clock::time_point wakes_at_ = clock::time_point::max();
    bool stopped_ = false;
};

}  // namespace pinwire::http
