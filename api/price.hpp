// What an order costs, before anybody knows which route will take it.
#pragma once

#include "common/config/job_price.hpp"

namespace pinwire::api {

using config::price_of;

}  // namespace pinwire::api
