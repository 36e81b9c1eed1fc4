# Language level, warnings and sanitizers, as one INTERFACE target that our own code links (never the libraries').
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(PINWIRE_CCACHE ccache)
if(PINWIRE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PINWIRE_CCACHE}")
endif()

add_library(pinwire_options INTERFACE)
add_library(pinwire::options ALIAS pinwire_options)
target_include_directories(pinwire_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(pinwire_options INTERFACE -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Woverloaded-virtual
                                                 -Wshadow -Wcast-qual -fstack-protector-strong)
target_compile_definitions(pinwire_options INTERFACE PINWIRE_VERSION="${PROJECT_VERSION}" JSON_USE_IMPLICIT_CONVERSIONS=0
                                                     $<$<CONFIG:Release,RelWithDebInfo>:_FORTIFY_SOURCE=2>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Cries wolf where g++ 12 inlines half of a coroutine frame's own operator new and delete.
  target_compile_options(pinwire_options INTERFACE -Wno-mismatched-new-delete)
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # A false alarm of g++ 12 about char + std::string (GCC bug 105329), only seen where it optimises.
    target_compile_options(pinwire_options INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-Wno-restrict>)
  endif()
endif()
if(PINWIRE_WERROR)
  target_compile_options(pinwire_options INTERFACE -Werror)
endif()

if(PINWIRE_SANITIZE)
  add_compile_options(-fsanitize=${PINWIRE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PINWIRE_SANITIZE})
  add_compile_options(-U_FORTIFY_SOURCE)
  if(PINWIRE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences: a hundred warnings per file with g++ 12
  endif()
  if(PINWIRE_SANITIZE MATCHES "undefined")
    # g++ 12 has macros for the other sanitizers, none for this one.
    target_compile_definitions(pinwire_options INTERFACE PINWIRE_SANITIZE_UNDEFINED)
  endif()
endif()
if(PINWIRE_FUZZ)
  # In everything that is ours: a fuzzer finds its way by what it sees of the parsers, not of the target alone.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
