#!/usr/bin/env bash
# Installs what the tests need where it is missing (Chromium, PostgreSQL, Redis), then runs all of them.
# `npm test` calls it; so does CI on a clean clone. Stages can be chosen: `npm test -- fast`.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_THREADPOOL_SIZE=16
export NODE_ENV=test
node=node_modules/.bin/node
stage=${1:-all}

need() { # command-or-path, Debian package, purpose
  if ! compgen -G "$1" >/dev/null && ! command -v "$1" >/dev/null; then missing+=("$2"); why+=("$2 ($3)"); fi
}

install_servers() {
  missing=() why=()
  need "/usr/bin/chromium" chromium "page tests"
  need "/usr/lib/postgresql/*/bin/postgres" postgresql "control-store tests on a real server"
  # Named after the server's version, which is known once the package lists are there.
  need "/usr/share/postgresql/*/extension/hypopg.control" hypopg "advice on indexes that do not exist yet"
  need redis-server redis-server "shared-state tests on a real server"
  [ ${#missing[@]} -eq 0 ] && return
  if ! command -v apt-get >/dev/null; then
    echo "The tests need ${why[*]}. Install them with your package manager and run npm test again." >&2; exit 1
  fi
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then sudo="sudo"; else
      echo "The tests need ${why[*]}. As root: apt-get install -y ${missing[*]}" >&2; exit 1
    fi
  fi
  echo "installing for the tests: ${why[*]}"
  $sudo apt-get update -qq >/dev/null
  local server
  server=$(apt-cache depends postgresql | sed -n 's/^ *Depends: \(postgresql-[0-9]*\)$/\1/p' | head -n 1)
  missing=("${missing[@]/#hypopg/$server-hypopg}")
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

run_tests() { # title, concurrency, globs…
  local title=$1 concurrency=$2; shift 2
  echo "── $title"
  "$node" --test --test-reporter=./test/summaryReporter.ts --test-concurrency="$concurrency" "$@"
}

if [ "$stage" = all ]; then install_servers; fi
npm run --silent build
echo "── lint and types"
npm run --silent check
run_tests "rooms" 2 'apps/**/*.test.ts' 'packages/**/*.test.ts'
[ "$stage" = fast ] && exit 0
run_tests "example shop" 1 'examples/**/*.test.ts'
run_tests "whole product" 1 'test/e2e/**/*.test.ts' 'test/pages/**/*.test.ts' 'test/sdk/**/*.test.ts'
run_tests "durability" 1 'test/durability/**/*.test.ts'
