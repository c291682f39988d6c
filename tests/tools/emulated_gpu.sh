# Sourced by tests of the command on an emulated GPU, which MYRIAD_EMULATED runs on: a folder for their work, and how
# they tell of what is wrong. No C++ compiler, no emulated GPU: then they are skipped.
set -euo pipefail
if [[ -z ${MYRIAD_EMULATED:-} ]]; then
  echo "no C++ compiler: the emulated GPU is not built"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect_exit CODE COMMAND...: the exit code; what it prints is in $work/printed
expect_exit() {
  local code=$1 got=0
  shift
  "$@" >"$work/printed" 2>&1 || got=$?
  [[ $got == "$code" ]] || fail "exit $got instead of $code: $* : $(tail -2 "$work/printed")"
}

# conclude TEXT: what is proven, where nothing failed
conclude() {
  ((failures == 0)) && echo "$1"
  exit $((failures > 0))
}
