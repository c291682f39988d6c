# Sections digests and compare of tools/gpu-check: the engine under test makes the same bits as the processor.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tools/gpu-check

# Prints the digest of a scenario's dataset made by an engine; returns 1, for `why` to tell, where there is none.
digest_of() { # ENGINE SCENE EPISODES [options]
  local output=$scratch/$BASHPID.dataset name=$1 scene=$2 episodes=$3
  shift 3
  rm -rf "$output"
  try "$myriad" run "$scene" -o "$output" --engine "$name" --episodes "$episodes" --progress none "$@" &&
    try "$myriad" digest "$output" && cat "$scratch/out"
  rm -rf "$output"
  return "$status"
}

# Pictures are large: of scenarios with cameras there are fewer episodes.
episodes_of() { # SCENE
  if [ "$short" = yes ]; then
    echo 8
  elif grep -q '^cameras:' "$1"; then
    echo 16
  else
    echo 128
  fi
}

# What the processor made of each scenario so far.
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
    # An odd number of worlds, and in the long form one that more than fills the first episodes.
    compare_digests "$scene" 5
    if [ "$short" = no ]; then compare_digests "$scene" 512; fi
  done
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
