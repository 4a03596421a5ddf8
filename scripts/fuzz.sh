# Fuzzers and the tests of the rooms without LibTorch, built by clang with AddressSanitizer and UndefinedBehaviorSanitizer (preset checked).
checked_tests="base formats tokenizers data runs vectors"

# two_at_a_time FUNCTION: for each word on standard input; fails if one of them did.
two_at_a_time() {
  local function=$1 word status=0
  while read -r word; do
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || status=1; done
    "$function" "$word" &
  done
  while [ "$(jobs -p | wc -l)" -gt 0 ]; do
    wait -n
    case $? in 0) ;; 127) break ;; *) status=1 ;; esac
  done
  return $status
}

# A failing one shows its log.
checked_test() {
  local log=$logs/checked-$1.log
  ZOO_TEST_PYTHON=$root/.venv-tests/bin/python "$root/build/checked/bin/test_$1" >"$log" 2>&1 && return
  say "the tests of $1 fail under the sanitizers (log: $log):"
  grep -E -A12 '^\[  FAILED|ERROR: AddressSanitizer|runtime error:' "$log" | head -60 >&2
  return 1
}

# One fuzzer: the kept inputs of tests/fuzz/corpus first, then `fuzz_seconds` of others made from them. What it finds goes to build/fuzz.
# Memory that a file merely claims to need is refused before it is asked for: 256 MB at once are a fault.
fuzzer() {
  local name=$1 log=$logs/fuzz-$1.log found=$root/build/fuzz/$1
  mkdir -p "$found"
  "$root/build/checked/bin/fuzz-$name" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=256 -max_len=8192 \
    -artifact_prefix="$root/build/fuzz/$name-" "$found" "$root/tests/fuzz/corpus/$name" >"$log" 2>&1 && return
  say "the fuzzer $name found a fault (log: $log; the input: $(sed -n 's/.*Test unit written to //p' "$log")):"
  grep -E -A12 'ERROR: |runtime error:|an error of several lines' "$log" | head -40 >&2
  return 1
}

run_checked() {
  say "the rooms without LibTorch under AddressSanitizer and UndefinedBehaviorSanitizer"
  printf '%s\n' $checked_tests | two_at_a_time checked_test
}

# run_fuzzers SECONDS: each so long.
run_fuzzers() {
  fuzz_seconds=$1
  say "each fuzzer for $fuzz_seconds s"
  (cd "$root/build/checked/bin" && printf '%s\n' fuzz-*) | sed 's/^fuzz-//' | two_at_a_time fuzzer
}
