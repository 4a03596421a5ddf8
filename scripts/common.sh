# Sourced by every script: where the project lies, how it speaks, its lock and its logs. Standard output is left to the command's result.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$root/build/log

say() { printf 'zoo: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# logged NAME COMMAND…: runs it with all it prints in build/log/NAME.log.
logged() {
  local log=$logs/$1.log
  shift
  mkdir -p "$logs" || die "cannot write to $root/build: run zoo from a clone that you own"
  "$@" >"$log" 2>&1 </dev/null
}

# locked NAME FUNCTION…: one process at a time; a second one waits and says so.
locked() {
  local name=$1
  shift
  mkdir -p "$logs" || die "cannot write to $root/build: run zoo from a clone that you own"
  (
    trap 'exit 130' INT
    flock -n 9 || {
      say "another zoo is at work on the $name; waiting for it"
      flock 9
    }
    "$@" 9>&-
  ) 9>"$logs/$name.lock"
}
