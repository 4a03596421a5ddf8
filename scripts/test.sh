# ./zoo test [--asan] [--peers]: installs what tests need, builds, checks the format, runs every test.

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
  local option asan= peers=
  for option in "$@"; do
    case $option in
      --asan) asan=1 ;;
      --peers) peers=1 ;;
      *) say "test takes --asan and --peers, not: $option" && return 2 ;;
    esac
  done
  install_packages build test
  check_format
  need_venv tests || exit
  [ -z "$peers" ] || run_peers
  if [ -n "$asan" ]; then
    build asan all
    run_suites asan
  else
    build release all
    run_suites release
  fi
}
