#!/usr/bin/env bash
# Tests that every script in tools/ and every subcommand says with --help, at once and with exit code 0, what it does,
# and that the help on the whole names every subcommand. A script must do nothing else: none finds a compiler here.
set -euo pipefail
failures=0
fail() {
  printf '%s\n' "$*"
  failures=$((failures + 1))
}

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
mkdir "$tools/bin"
for program in bash sh env sed dirname readlink cat; do ln -s "$(command -v $program)" "$tools/bin/"; done
ln -s "$(python3 -c 'import sys; print(sys.executable)')" "$tools/bin/python3"
scripts=$(find "$MYRIAD_SOURCE/tools" -maxdepth 1 -type f -executable)
[ "$(grep -c . <<<"$scripts")" -ge 10 ] || fail "few scripts: $scripts"
while read -r script; do
  name=$(basename "$script")
  for option in --help -h; do
    code=0
    said=$(timeout 20 env -i PATH="$tools/bin" "$script" $option 2>&1 </dev/null) || code=$?
    [ $code = 0 ] || fail "tools/$name $option ends with $code: $said"
    grep -q "tools/$name" <<<"$said" || fail "tools/$name $option does not say how to call it: $said"
    [ "$(grep -c . <<<"$said")" -ge 2 ] || fail "tools/$name $option says nearly nothing: $said"
  done
done <<<"$scripts"

commands=$("$MYRIAD" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx help)
[ "$(grep -c . <<<"$commands")" -ge 10 ] || fail "myriad help lists few commands: $commands"
for command in $commands; do
  said=$("$MYRIAD" help "$command") || fail "myriad help $command fails"
  [ "$("$MYRIAD" "$command" --help)" = "$said" ] || fail "myriad $command --help says other things than myriad help $command"
  grep -q "^usage: myriad $command" <<<"$said" || fail "myriad help $command does not say how to call it"
  grep -q '^example' <<<"$said" || fail "myriad help $command shows no example"
  long=$(awk 'length > 120' <<<"$said")
  [ -z "$long" ] || fail "myriad help $command has lines wider than 120 columns: $long"
done
for command in $(sed -n 's/.*&\([a-z]*\)_command.*/\1/p' "$MYRIAD_SOURCE/tools/myriad/main.c"); do
  grep -qx "$command" <<<"$commands" || fail "myriad help does not list $command"
done
[ $failures = 0 ]
