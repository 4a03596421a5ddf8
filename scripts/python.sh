# Virtual environments inside the project, each from one file of pinned versions.

# Debian's own Python first: python3-venv belongs to it. ZOO_PYTHON overrides.
base_python() {
  if [ -n "${ZOO_PYTHON:-}" ]; then echo "$ZOO_PYTHON"; elif [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else echo python3; fi
}

# make_venv NAME: .venv-NAME holds exactly scripts/requirements-NAME.txt. Made again when the file has changed.
make_venv() {
  local name=$1 venv=$root/.venv-$1 wanted=$root/scripts/requirements-$1.txt
  cmp -s "$wanted" "$venv/installed.txt" && [ -x "$venv/bin/python" ] && return 0
  say "installing into .venv-$name:" $(grep -v '^#' "$wanted" | head -8) $([ "$(grep -c == "$wanted")" -le 8 ] || echo "… (all of scripts/requirements-$name.txt)")
  rm -rf "$venv"
  logged "venv-$name" "$(base_python)" -m venv "$venv" ||
    die "$(base_python) cannot make a virtual environment (log: $logs/venv-$name.log); on Debian: apt-get install python3-venv"
  logged "venv-$name" "$venv/bin/python" -m pip install --no-input --disable-pip-version-check --no-deps -r "$wanted" || {
    rm -rf "$venv"
    die "pip could not install $wanted (log: $logs/venv-$name.log); is the network there? Then run the same command again"
  }
  cp "$wanted" "$venv/installed.txt"
}

need_venv() { locked "venv-$1" make_venv "$1"; }
