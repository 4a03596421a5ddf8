# ./zoo test [--asan] [--tsan] [--checked] [--fuzz] [--peers]: installs what tests need, builds, checks the format, runs every test.
source "$root/scripts/fuzz.sh"

check_format() {
  local wrong
  wrong=$(cd "$root" && find . -path './build*' -prune -o -path './.venv*' -prune -o \( -name '*.h' -o -name '*.cpp' \) -print0 |
    xargs -0 clang-format-14 --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*/\1/p' | sort -u)
  [ -z "$wrong" ] || die "these files are not as clang-format-14 -i would write them:" $wrong
}

# run_suites PRESET CTEST-ARGUMENTS…
run_suites() {
  local preset=$1
  shift
  ZOO_TEST_PYTHON=$root/.venv-tests/bin/python ctest --test-dir "$root/build/$preset" --output-on-failure --parallel 2 "$@"
}

# ThreadSanitizer on what works on several threads: batches, training, Word2Vec, models that are asked from many. tests/tsan.txt
# names the races that are meant.
run_threads() {
  local name
  for name in batches training model_word2vec contract; do
    say "test_$name under ThreadSanitizer"
    TSAN_OPTIONS="suppressions=$root/tests/tsan.txt:ignore_noninstrumented_modules=1" "$root/build/tsan/bin/test_$name" --gtest_brief=1 || return
  done
}

run_peers() {
  local script failed=()
  need_venv peers || exit
  for script in "$root"/tests/parity/make_*.py; do
    say "making anew: ${script##*/}"
    "$root/.venv-peers/bin/python" "$script" --check || failed+=("${script##*/}")
  done
  [ ${#failed[@]} = 0 ] || die "these goldens differ from what their peer says today: ${failed[*]}"
}

run_tests() {
  local option asan= tsan= checked= fuzz= peers=
  for option in "$@"; do
    case $option in
      --asan) asan=1 ;;
      --tsan) tsan=1 ;;
      --checked) checked=1 ;;
      --fuzz) fuzz=1 ;;
      --peers) peers=1 ;;
      *) say "test takes --asan, --tsan, --checked, --fuzz and --peers, not: $option" && return 2 ;;
    esac
  done
  install_packages build test
  check_format
  need_venv tests || exit
  [ -z "$peers" ] || run_peers
  if [ -n "$asan" ]; then
    build asan all
    run_suites asan
  elif [ -n "$tsan" ]; then
    build tsan zoo_threads
    run_threads
  elif [ -n "$checked" ]; then
    build checked zoo_checked
    run_checked
  elif [ -n "$fuzz" ]; then
    build checked zoo_fuzzers
    run_fuzzers 600
  else
    build release all
    build checked zoo_checked
    run_suites release && run_checked && run_fuzzers 30
  fi
}
