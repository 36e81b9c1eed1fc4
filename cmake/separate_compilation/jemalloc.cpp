// What jemalloc reads as a service starts (jemalloc(3), "Tuning"); MALLOC_CONF overrides it. A
// service has one busy thread and few others, so one arena does, and what a burst left goes back to
// the system within half a second, not ten: docs/decisions/023.
extern "C" {
[[gnu::visibility("default")]] extern const char* const malloc_conf;
const char* const malloc_conf = "narenas:1,dirty_decay_ms:500,muzzy_decay_ms:0";
}
