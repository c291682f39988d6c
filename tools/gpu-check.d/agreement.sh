# Sections digests, compare and images of tools/gpu-check: do the engine under test and the processor make the same
# bits? shellcheck shell=bash shellcheck disable=SC2154 # tools/gpu-check sets these variables

# Makes a scenario's dataset with an engine and prints its digest. Returns non-zero on failure; `why` prints the reason.
digest_of() { # ENGINE SCENE EPISODES [options]
  local output=$scratch/$BASHPID.dataset name=$1 scene=$2 episodes=$3
  shift 3
  rm -rf "$output"
  try "$myriad" run "$scene" -o "$output" --engine "$name" --episodes "$episodes" --progress none "$@" &&
    try "$myriad" digest "$output" && cat "$scratch/out"
  rm -rf "$output"
  return "$status"
}

# The number of worlds that run at once, each with two cameras.
seen_worlds() { if [ "$short" = yes ]; then echo 64; else echo 16384; fi; }

# The number of episodes. Scenarios with cameras have fewer, because pictures are large.
episodes_of() { # SCENE
  if [ "$1" = "$scratch/two_cameras.yaml" ]; then
    seen_worlds
  elif [ "$short" = yes ]; then
    echo 8
  elif grep -q '^cameras:' "$1"; then
    echo 16
  else
    echo 128
  fi
}

# The digests of the scenarios that the processor has already run.
declare -A cpu_digests
remember_cpu_digest() { # SCENE
  [ -n "${cpu_digests[$1]:-}" ] && return
  digest_of cpu "$1" "$(episodes_of "$1")" >"$scratch/digest" || return
  cpu_digests[$1]=$(<"$scratch/digest")
}

compare_digests() { # SCENE WORLDS
  local what
  what="digest of $(title "$1"), $(episodes_of "$1") episodes, $2 worlds"
  if ! remember_cpu_digest "$1"; then
    fail "$what: on cpu: $(why)"
  elif ! digest_of "$engine" "$1" "$(episodes_of "$1")" --worlds "$2" >"$scratch/digest"; then
    fail "$what: on $engine: $(why)"
  elif [ "$(<"$scratch/digest")" != "${cpu_digests[$1]}" ]; then
    fail "$what: cpu ${cpu_digests[$1]}, $engine $(<"$scratch/digest")"
  else
    pass "$what: ${cpu_digests[$1]}"
  fi
}

check_digests() {
  local scene worlds
  for scene in "${shipped_scenarios[@]}"; do
    # An odd number of worlds and, unless --short is given, more worlds than there are episodes.
    compare_digests "$scene" 5
    if [ "$short" = no ]; then compare_digests "$scene" 512; fi
  done
  compare_digests "$scratch/two_cameras.yaml" "$(seen_worlds)"
}

# Compares the images of all cameras of one world pixel by pixel. With --pictures, keeps a sheet of them.
compare_images() { # FILE
  local what sheet different
  what="images of $(title "$1")"
  sheet=${kept_pictures:-$scratch}/${1##*/}.png
  try "$myriad" compare "$1" --against "$engine" --worlds 1 --steps 1 -o "$sheet" --json
  different=$(json_number different_pixels)
  if [ -z "$different" ]; then
    fail "$what: $(why)"
  elif [ "$status" != 0 ] || [ "$different" != 0 ]; then
    fail "$what: $different of $(json_number pixels) pixels differ${kept_pictures:+, see $sheet}: exit $status"
  else
    pass "$what: 0 of $(json_number pixels) pixels differ${kept_pictures:+, see $sheet}"
  fi
}

check_images() {
  local file
  for file in "${shipped_scenarios[@]}" "${models[@]}" "$scratch/two_cameras.yaml" "$scratch/lidar.yaml"; do
    compare_images "$file"
  done
  if [ "$short" = no ]; then
    for file in "$scratch"/scenes/*.xml; do compare_images "$file"; done
  fi
}

check_compare() {
  local file steps=200 worlds=256
  if [ "$short" = yes ]; then steps=50 worlds=32; fi
  for file in "${shipped_models[@]}" "${shipped_scenarios[@]}" "$scratch/three_bipeds.yaml" "${models[@]}" \
    "${random_models[@]}"; do
    if try "$myriad" compare "$file" --against "$engine" --steps $steps --worlds $worlds; then
      pass "compare $(title "$file"): $worlds worlds, $steps steps, every bit"
    else
      fail "compare $(title "$file"): $(why)"
    fi
  done
}
