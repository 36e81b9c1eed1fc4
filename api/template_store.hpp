// Applications and templates over Postgres: they change rarely, and a send reads two rows by their
// key. What arrives while others are read goes together, so that nobody queues up for a database
// that is away: past `within` database_error is thrown, and nothing is done later. Loop thread;
// what it is given outlives it.
#pragma once

#include <chrono>
#include <memory>

#include "api/ports.hpp"
#include "common/postgres/executor.hpp"

namespace pinwire::api {

std::unique_ptr<template_store> make_template_store(
    executor, postgres::executor&, std::chrono::milliseconds within
);

}  // namespace pinwire::api
