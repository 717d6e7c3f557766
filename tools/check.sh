#!/usr/bin/env bash
# Everything a change must pass: form, layers, a sanitized build, every quick test, a clean release build.
# Works alone on a fresh Debian 12; about ten minutes on 2 cores.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/packages.sh check

echo "== form (clang-format)"
find cli core kernels library vision text pipeline samples/code tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror

echo "== layers"
tools/check_layers.sh

echo "== release build, warnings are errors"
cmake --preset release -B build/check-release -DRECTO_WERROR=ON >/dev/null
cmake --build build/check-release

echo "== sanitized build and tests"
cmake --preset asan >/dev/null
cmake --build --preset asan
ctest --preset asan -L quick -j "$(nproc)"
