# Section table of tools/gpu-check: how fast are steps, from one world to as many worlds as a learner uses? Also
# measures the start of the program and the energy of steps. shellcheck shell=bash shellcheck disable=SC2154 #
# tools/gpu-check sets these variables

# The number of rounds of which `bench` prints the median.
rounds() { if [ "$short" = yes ]; then echo 1; else echo 5; fi; }

# The timesteps of each world in a round. It is the same for any number of worlds, because robots that have fallen have
# more contacts than robots that still stand.
steps() { if [ "$short" = yes ]; then echo 50; else echo 250; fi; }

# The seconds that must be left for one more line. Lines of this section also leave time for the section pictures, if it
# follows.
line_time=15
table_line_time() {
  if [[ " ${chosen[*]} " = *" pictures "* ]]; then echo $((line_time + pictures_time)); else echo $line_time; fi
}

measure() { # NAME FILE WORLDS ENGINE [--mapping M]
  local name=$1 file=$2 worlds=$3 with=$4 what rate
  shift 4
  what="$name, $worlds worlds, $with${2:+, $2}"
  if [ "$(time_left)" -lt "$(table_line_time)" ]; then
    skip "$what: no time left"
  elif ! try "$myriad" bench "$file" --engine "$with" --settle 0 --worlds "$worlds" --steps "$(steps)" \
    --rounds "$(rounds)" "$@" --json; then
    fail "$what: $(why)"
  elif rate=$(json_number steps_per_second) && [ -n "$rate" ]; then
    number "$(awk -v rate="$rate" -v worlds="$worlds" -v what="$what" 'BEGIN {
      printf "%9.3f M steps/s %10.1f us a step of all  %s", rate / 1e6, 1e6 * worlds / rate, what }')"
  else
    fail "$what: bench prints no steps_per_second"
  fi
}

# Measures one workload for several numbers of worlds with both mappings, and once on the processor.
sweep() { # NAME FILE WORLDS...
  local name=$1 file=$2 worlds mapping
  shift 2
  for worlds in "$@"; do
    for mapping in warp thread; do measure "$name" "$file" "$worlds" "$engine" --mapping $mapping; done
  done
  measure "$name" "$file" 4096 cpu
}

# Measures the time from the start of the process to its end, after the first steps of all worlds. This is an upper
# bound of the time to the first step.
cold_start() { # FILE
  local i start tries=5 seconds=()
  if [ "$short" = yes ]; then tries=3; fi
  for ((i = 0; i < tries; i++)); do
    start=$(date +%s.%N)
    if ! try "$myriad" bench "$1" --engine "$engine" --settle 0 --worlds 256 --steps 1 --rounds 1 --json; then
      fail "cold start: $(why)"
      return
    fi
    seconds+=("$(awk -v start="$start" -v end="$(date +%s.%N)" 'BEGIN { printf "%.3f", end - start }')")
  done
  number "$(printf '%s\n' "${seconds[@]}" | sort -n | sed -n "$(((tries + 1) / 2))p") s from process start to the" \
    "first steps of 256 worlds, median of $tries"
}

# Measures the energy of steps. Energy counters advance only every tenth of a second or faster, so rounds of about a
# second are long enough.
energy() { # NAME FILE WORLDS
  local what="$1, $3 worlds, $engine" rate enough joules
  if [ "$(time_left)" -lt "$(table_line_time)" ]; then
    skip "energy of $what: no time left"
    return
  fi
  if try "$myriad" bench "$2" --engine "$engine" --settle 0 --worlds "$3" --steps 20 --rounds 1 --json; then
    rate=$(json_number steps_per_second)
    enough=$(awk -v rate="${rate:-0}" -v worlds="$3" 'BEGIN { n = int(rate / worlds); print n < 20 ? 20 : n }')
    try "$myriad" bench "$2" --engine "$engine" --settle 0 --worlds "$3" --steps "$enough" --rounds "$(rounds)" --json
  fi
  joules=$(json_number joules_per_million_steps)
  if [ "$status" != 0 ]; then
    fail "energy of $what: $(why)"
  elif [ -z "$joules" ]; then
    skip "energy of $what: nothing here counts it"
  else
    number "$joules J per million steps, $what"
  fi
}

check_table() {
  local biped=$scenarios/ten_thousand_falls.yaml quadruped=$scenarios/quadruped.yaml file
  local worlds=(1 16 256 1024 4096 8192 16384 65536) some=(256 4096 8192)
  if [ "$short" = yes ]; then worlds=(1 256 4096) some=(256); fi
  cold_start "$biped"
  energy biped "$biped" 8192
  for file in "${models[@]}"; do
    energy "$(title "$file")" "$file" 8192
    sweep "$(title "$file")" "$file" "${worlds[@]}"
  done
  sweep biped "$biped" "${worlds[@]}"
  sweep quadruped "$quadruped" "${some[@]}"
  sweep "three bipeds" "$scratch/three_bipeds.yaml" "${some[@]}"
}
