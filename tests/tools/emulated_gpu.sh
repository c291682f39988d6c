# Sourced by the tests of the command on an emulated GPU, for which MYRIAD_EMULATED is the command: makes a folder for
# their work, and defines how they report failures. Without a C++ compiler there is no emulated GPU, and they are
# skipped.
set -euo pipefail
if [[ -z ${MYRIAD_EMULATED:-} ]]; then
  echo "no C++ compiler: the emulated GPU is not built"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# expect_exit CODE COMMAND...: runs a command that must end with this exit code; its output goes to $work/printed
expect_exit() {
  local code=$1 got=0
  shift
  "$@" >"$work/printed" 2>&1 || got=$?
  [[ $got == "$code" ]] || fail "exit $got instead of $code: $* : $(tail -2 "$work/printed")"
}

# conclude TEXT: ends the test, and prints the text if nothing failed
conclude() {
  ((failures == 0)) && echo "$1"
  exit $((failures > 0))
}
