# Sections sanitizer, processes and memory of tools/gpu-check: is there a stray access, a race or a crash?
# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2154 # tools/gpu-check sets these variables; each process has its own scratch

# Prints the path of compute-sanitizer, also if the toolkit's folder is not in PATH.
find_sanitizer() {
  command -v compute-sanitizer && return
  local place
  for place in "${CUDA_HOME:-/usr/local/cuda}"/bin/compute-sanitizer /usr/local/cuda/bin/compute-sanitizer; do
    [ -x "$place" ] && echo "$place" && return
  done
  return 1
}

sanitize() { # PROGRAM TOOL WHAT COMMAND...
  local program=$1 tool=$2 what="compute-sanitizer $2 of $3"
  shift 3
  if try "$program" --tool "$tool" --error-exitcode 99 "$myriad" "$@"; then
    pass "$what"
  elif [ "$status" = 99 ]; then
    fail "$what: $(grep -hiE '^=========.*(invalid|race reported|error)' "$scratch/out" "$scratch/err" | head -n 1)"
  else
    fail "$what: $(why)"
  fi
}

check_sanitizer() {
  local program tool file seen=$scenarios/falls_seen.yaml
  if [ -z "$gpu" ]; then
    skip "compute-sanitizer: no GPU"
  elif ! program=$(find_sanitizer); then
    skip "compute-sanitizer is not installed"
  else
    for tool in memcheck racecheck; do
      for file in "$scenarios/ten_thousand_falls.yaml" "$scratch/models/random-1.xml"; do
        sanitize "$program" $tool "$(title "$file")" bench "$file" --engine "$engine" --settle 0 --worlds 8 --steps 20 --rounds 1 \
          --json
      done
      # Two steps with a LiDAR and with cameras that draw shadows, textures and several samples a pixel.
      sanitize "$program" $tool "pictures of $(title "$seen")" run "$seen" -o "$scratch/sanitized" --overwrite \
        --engine "$engine" --episodes 4 --worlds 4 --progress none --set "duration=40 ms" --set "events.push.at=0 s"
    done
  fi
}

# Two runs share the GPU at the same time. Both must make the same dataset as one run alone.
check_processes() {
  local scene=$scenarios/ten_thousand_falls.yaml what="two processes at once" i processes=() bad=0
  if ! remember_cpu_digest "$scene"; then
    fail "$what: on cpu: $(why)"
    return
  fi
  for i in 0 1; do
    ( # each process has its own folder, so that neither overwrites the other's messages
      mkdir "$scratch/process_$i"
      whole=$scratch scratch=$scratch/process_$i
      digest_of "$engine" "$scene" "$(episodes_of "$scene")" >"$scratch/digest" || why >"$whole/why_$i"
    ) &
    processes+=($!)
  done
  wait "${processes[@]}"
  for i in 0 1; do
    if [ -s "$scratch/why_$i" ]; then
      fail "$what: $(<"$scratch/why_$i")"
      bad=1
    elif [ "$(<"$scratch/process_$i/digest")" != "${cpu_digests[$scene]}" ]; then
      fail "$what: digest $(<"$scratch/process_$i/digest") instead of ${cpu_digests[$scene]}"
      bad=1
    fi
  done
  [ $bad = 1 ] || pass "$what: ${cpu_digests[$scene]} twice"
}

# More worlds than any GPU of today has memory for, at 12 kB each.
too_many_worlds=16777216
check_memory() {
  local what="$too_many_worlds worlds at once"
  if [ "$engine" != cuda ]; then
    skip "$what: only asked of a GPU, for it may take all memory"
    return
  fi
  try "$myriad" bench "$scenarios/ten_thousand_falls.yaml" --engine "$engine" --settle 0 --worlds $too_many_worlds --steps 1 \
    --rounds 1 --json
  if [ "$status" = 0 ]; then
    pass "$what: there is room for them"
  elif [ "$status" -ge 124 ]; then
    fail "$what: $(why)"
  elif ! grep -q . "$scratch/err"; then
    fail "$what: exit $status without a message"
  else
    pass "$what: refused, $(why)"
  fi
}
