// Applications and templates over Postgres, one statement at a time: they change rarely, and a send
// reads two rows by their key. Loop thread.
#pragma once

#include <memory>

#include "api/ports.hpp"
#include "common/postgres/executor.hpp"

namespace pinwire::api {

std::unique_ptr<template_store> make_template_store(postgres::executor&);

}  // namespace pinwire::api
