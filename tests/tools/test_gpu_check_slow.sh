#!/usr/bin/env bash
# Tests tools/gpu-check on a machine without a GPU. Fake engines, which run on the processor, stand in for the GPU: a
# right one, and others with one fault each, which gpu-check must find and report.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "$*"
  exit 1
}

# A wrapper of the command whose engine cuda is the processor. FAULT names its fault. Measurements take few worlds and
# steps, because nobody reads their figures here.
cat >"$work/myriad" <<'EOF'
#!/usr/bin/env bash
real=${REAL:?} fault=${FAULT:-none} cuda=no worlds=0 kept=()
if [ "$1" = --version ]; then
  "$real" --version | grep -v '^engines'
  if [ "$fault" = absent ]; then echo "engines: cpu"; else echo "engines: cpu cuda"; fi
  exit
fi
command=$1
shift
while [ $# -gt 0 ]; do
  case $1 in
    --engine | --against) if [ "$2" = cuda ]; then cuda=yes; fi; shift ;;
    --mapping) shift ;;
    --worlds)
      worlds=$2
      if [ "$command" = bench ] && [ "$2" -gt 32 ]; then kept+=("$1" 32); else kept+=("$1" "$2"); fi
      shift
      ;;
    --steps)
      if [ "$command" = bench ] && [ "$2" -gt 4 ]; then kept+=("$1" 4); else kept+=("$1" "$2"); fi
      shift
      ;;
    *) kept+=("$1") ;;
  esac
  shift
done
if [ $cuda = yes ]; then
  case $command-$fault-${kept[*]} in
    compare-crash-*) ;;
    compare-pixel-*" -o "*) echo '{"pictures": 2, "pixels": 300, "different_pixels": 7}'; exit 1 ;;
    compare-*" -o "*) echo '{"pictures": 2, "pixels": 300, "different_pixels": 0}'; exit ;;
  esac
  case $command-$fault in
    run-wrong) kept+=(--seed 4711) ;;
    run-silent) exit 1 ;;
    compare-different) echo "world 3: qvel[2] is 0x1p-3, not 0x1.000002p-3"; exit 1 ;;
    compare-crash | bench-crash) kill -SEGV $$ ;;
  esac
fi
if [ "$command" = bench ] && [ "$worlds" -gt 1000000 ]; then
  if [ "$fault" = mute ]; then exit 1; fi
  if [ "$fault" = crash ]; then kill -ABRT $$; fi
  echo "myriad bench: no room for $worlds worlds" >&2
  exit 1
fi
# There are no two engines to compare here, so only check the model.
if [ "$command" = compare ]; then command=check kept=("${kept[0]}"); fi
exec "$real" "$command" "${kept[@]}"
EOF
chmod +x "$work/myriad"

real=$MYRIAD
check() { # FAULT STATUS [options]: runs gpu-check, which must end with this status; its output goes to $work/said
  local fault=$1 expected=$2 status=0
  shift 2
  REAL=$real FAULT=$fault MYRIAD=$work/myriad bash "$MYRIAD_SOURCE/tools/gpu-check" --short --engine-under-test cuda \
    "$@" >"$work/said" 2>&1 || status=$?
  [ $status = "$expected" ] || fail "with fault $fault $*: exit $status, not $expected: $(cat "$work/said")"
}
says() { grep -qE "$1" "$work/said" || fail "nothing like '$1' in: $(cat "$work/said")"; }
counts() { grep -cE "^$1 " "$work/said" || true; }

# ---------------------------------------------------------------------------------------------- all is well
check none 0 --model "$MYRIAD_SOURCE/scenarios/assets/cartpole.xml"
[ "$(counts fail)" = 0 ] || fail "$(cat "$work/said")"
# Each line says what it is, and the last one counts them.
every_line_is_one() {
  ! sed '1d;$d' "$work/said" | grep -vE '^(pass|fail|skip|number)  ' || fail "neither pass, fail, skip nor number"
}
every_line_is_one
counted="$(counts pass) passed, 0 failed, $(counts skip) skipped, $(counts number) measured"
[ "$(tail -n 1 "$work/said" | sed 's/, in .*//')" = "gpu-check: $counted" ] || fail "counts wrong: $(cat "$work/said")"
for scene in "$MYRIAD_SOURCE"/scenarios/*.yaml; do
  says "^pass    digest of $(basename "$scene"),.*: [0-9a-f]{16}$"
  says "^pass    compare $(basename "$scene"):"
done
for model in "$MYRIAD_SOURCE"/scenarios/assets/*.xml; do says "^pass    compare $(basename "$model"):"; done
for seed in 0 1 2 3; do says "^pass    compare random model $seed:"; done
says '^pass    compare three_bipeds.yaml'
says '^pass    two processes at once: ([0-9a-f]{16}) twice'
says '^pass    digest of two_cameras.yaml, 64 episodes, 64 worlds: [0-9a-f]{16}$'
for name in cartpole falls_seen quadruped ten_thousand_falls two_cameras lidar; do
  says "^pass    images of $name.yaml: 0 of 300 pixels differ$"
done
for line in 'ten_thousand_falls.yaml, cuda, --size 128x128' 'three bipeds, cuda' 'primitives, cuda' 'primitives, cpu' \
  'meshes, cuda' 'meshes, cpu' 'biped, large batch, cuda, --size 256x256' 'biped, one screen, cuda, --size 1920x1080'; do
  says "^number  +[0-9.]+ +[0-9.]+ +[0-9.]+ k frames/s  pictures of $line"
done
for engine in cuda cpu; do says "^number  +[0-9.]+ M rays/s  LiDAR of 64 x 1024, $engine$"; done
says '^number .* GB of the host  planned for 64 worlds of two_cameras.yaml$'
says '^number .* frames/s .*  dataset of two_cameras.yaml, cuda, 64 episodes, --worlds 64$'
says '^pass    16777216 worlds at once: refused, exit 1: myriad bench: no room'
says '^number  .* s from process start'
for name in biped quadruped 'three bipeds' cartpole.xml; do
  for mapping in warp thread; do
    says "^number  +[0-9.]+ M steps/s +[0-9.]+ us a step of all  $name, 256 worlds, cuda, $mapping$"
  done
  says "^number .*  $name, 4096 worlds, cpu$"
done

# ---------------------------------------------------------------------------------------------- one fault each
check wrong 1 --only digests
scenes=("$MYRIAD_SOURCE"/scenarios/*.yaml)
[ "$(counts fail)" = $((${#scenes[@]} + 1)) ] || fail "a wrong digest was not found: $(cat "$work/said")"
says '^fail    digest of cartpole.yaml, 8 episodes, 5 worlds: cpu [0-9a-f]{16}, cuda [0-9a-f]{16}$'
check wrong 1 --only processes
says '^fail    two processes at once: digest [0-9a-f]{16} instead of [0-9a-f]{16}$'
check silent 1 --only digests --only processes
says '^fail    digest of cartpole.yaml.*: on cuda: exit 1: '
says '^fail    two processes at once: exit 1: '
check different 1 --only compare
says '^fail    compare biped.xml: exit 1: world 3: qvel\[2\]'
check pixel 1 --only images --pictures "$work/kept"
says "^fail    images of cartpole.yaml: 7 of 300 pixels differ, see $work/kept/cartpole.yaml.png: exit 1$"
[ "$(counts fail)" = $((${#scenes[@]} + 2)) ] || fail "a wrong pixel was not found: $(cat "$work/said")"
check crash 1 --only compare --only images --only memory --only table
says '^fail    images of cartpole.yaml: died of signal 11'
says '^fail    compare random model 0: died of signal 11'
says '^fail    16777216 worlds at once: died of signal'
says '^fail    cold start: died of signal 11'
says '^fail    biped, 256 worlds, cuda, warp: died of signal 11'
every_line_is_one # the shell adds no message about the crash
check mute 1 --only memory
says '^fail    16777216 worlds at once: exit 1 without a message'

# ---------------------------------------------------------------------------------------------- the sanitizer
# A fake GPU that only has a name, and a fake sanitizer that finds what FINDS tells it to.
mkdir "$work/bin"
printf '#!/bin/sh\necho "A GPU, by name"\n' >"$work/bin/nvidia-smi"
cat >"$work/bin/compute-sanitizer" <<'EOF'
#!/usr/bin/env bash
tool=$2 code=$4
shift 4
"$@" || exit
echo "========= COMPUTE-SANITIZER"
[ "${FINDS:-}" = "$tool" ] || exit 0
echo "========= Error: Race reported between Write access at step+0x10 in raster.cuh"
exit "$code"
EOF
chmod +x "$work/bin/nvidia-smi" "$work/bin/compute-sanitizer"
PATH=$work/bin:$PATH check none 0 --only sanitizer
says '^gpu-check: .*, engine cuda, A GPU, by name$'
[ "$(counts pass)" = 6 ] || fail "not six: $(cat "$work/said")"
for tool in memcheck racecheck; do says "^pass    compute-sanitizer $tool of pictures of falls_seen.yaml$"; done
FINDS=racecheck PATH=$work/bin:$PATH check none 1 --only sanitizer
says '^fail    compute-sanitizer racecheck of ten_thousand_falls.yaml: =* Error: Race reported'
[ "$(counts pass)" = 3 ] || fail "memcheck fails as well: $(cat "$work/said")"
PATH=$work/bin:$PATH check crash 1 --only sanitizer
says '^fail    compute-sanitizer memcheck of random model 1: '

# ---------------------------------------------------------------------------------------------- nothing to check
check absent 69
[ "$(wc -l <"$work/said")" = 1 ] || fail "more than one line: $(cat "$work/said")"
says 'has no engine cuda, only cpu'
if [ ! -e /dev/nvidia0 ] && ! nvidia-smi >/dev/null 2>&1 && [ ! -e /proc/driver/nvidia/gpus ]; then
  status=0
  bash "$MYRIAD_SOURCE/tools/gpu-check" >"$work/said" 2>&1 || status=$?
  [ $status = 69 ] || fail "without a GPU: exit $status"
  [ "$(wc -l <"$work/said")" = 1 ] || fail "more than one line: $(cat "$work/said")"
  says 'no GPU: nvidia-smi'
fi
for wrong in --shrt '--only nothing' '--model /nowhere.xml' --only '--pictures /proc/none'; do
  # shellcheck disable=SC2086 # options and their values are several words
  check none 2 $wrong
done

# ---------------------------------------------------------------------------------------------- random models
# The promises of the generator: any four seeds in a row have every joint, shape, cone and integrator, and both kinds of
# limits; Myriad accepts every model; the same seed gives the same model.
generate() { awk -v seed="$1" -f "$MYRIAD_SOURCE/tools/gpu-check.d/random-model.awk"; }
for ((seed = 0; seed < 24; seed++)); do
  generate $seed >"$work/random-$seed.xml"
  "$MYRIAD" check "$work/random-$seed.xml" >"$work/said" 2>&1 || fail "seed $seed: $(cat "$work/said")"
done
cmp <(generate 7) "$work/random-7.xml"
! cmp -s <(generate 7 | sed 1d) <(generate 11 | sed 1d) || fail "seeds make no difference"
for first in 0 4 17; do
  cat "$work"/random-{$first,$((first + 1)),$((first + 2)),$((first + 3))}.xml >"$work/four"
  for feature in freejoint "type='slide'" "type='hinge'" "type='ball'" "type='plane'" "type='sphere'" "type='capsule'" \
    "type='ellipsoid'" "type='cylinder'" "type='box'" "cone='elliptic'" "cone='pyramidal'" "integrator='Euler'" \
    "integrator='implicitfast'" "<joint .*limited='true'" "<fixed .*limited='true'" frictionloss stiffness "<motor" \
    "<position" "<velocity" "<general"; do
    grep -q "$feature" "$work/four" || fail "seeds from $first lack $feature"
  done
done
