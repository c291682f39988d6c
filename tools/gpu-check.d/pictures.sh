# Section pictures of tools/gpu-check: how fast worlds are seen, and how fast whole datasets with pictures are made.
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of tools/gpu-check

frames() { if [ "$short" = yes ]; then echo 512; else echo 32768; fi; }

# Frames a second of one camera: diffuse light only; with shadows and textures; with highlights too.
measure_pictures() { # NAME FILE ENGINE FRAMES [options]
  local what="pictures of $1, $3${5:+, ${*:5}}" file=$2 with=$3 count=$4
  shift 4
  if [ "$(time_left)" -lt $line_time ]; then
    skip "$what: no time left"
  elif ! try "$myriad" bench "$file" --render --engine "$with" --frames "$count" --rounds "$(rounds)" "$@" --json; then
    fail "$what: $(why)"
  else
    number "$(awk -v a="$(json_number frames_per_second)" -v b="$(json_number shadows_and_textures_frames_per_second)" \
      -v c="$(json_number full_frames_per_second)" -v what="$what" 'BEGIN {
      printf "%9.1f %9.1f %9.1f k frames/s  %s", a / 1e3, b / 1e3, c / 1e3, what }')"
  fi
}

# Rays a second of a LiDAR, by its pictures.
measure_lidar() { # FILE CAMERA ENGINE
  if [ "$(time_left)" -lt $line_time ]; then
    skip "LiDAR, $3: no time left"
  elif ! try "$myriad" bench "$1" --render --camera "$2" --outputs depth,instance --engine "$3" \
    --frames "$(($(frames) / 16))" --rounds "$(rounds)" --json; then
    fail "LiDAR, $3: $(why)"
  else
    number "$(awk -v rays="$(json_number pixels_per_second)" -v with="$3" 'BEGIN {
      printf "%9.1f M rays/s  LiDAR, %s", rays / 1e6, with }')"
  fi
}

# Simulation, pictures, labels and compressed files together.
measure_dataset() { # SCENE ENGINE EPISODES
  local what
  what="dataset of $(title "$1"), $2, $3 episodes"
  if [ "$(time_left)" -lt $((2 * line_time)) ]; then
    skip "$what: no time left"
  elif ! try "$myriad" run "$1" -o "$scratch/seen" --overwrite --engine "$2" --episodes "$3" --progress none --json; then
    fail "$what: $(why)"
  else
    number "$(awk -v frames="$(json_number frames)" -v seconds="$(json_number seconds)" -v episodes="$3" \
      -v step="$(json_number step)" -v draw="$(json_number draw)" -v compress="$(json_number compress)" \
      -v record="$(json_number record)" -v what="$what" 'BEGIN {
      printf "%9.1f episodes/s, %.0f frames/s (step %.0f %%, draw %.0f %%, compress %.0f %%, record %.0f %%)  %s",
             episodes / seconds, frames / seconds, 100 * step, 100 * draw, 100 * compress, 100 * record, what }')"
  fi
  rm -rf "$scratch/seen"
}

# Many small pictures, fewer large ones, and one of a screen's size: each must fit, or say what does.
measure_batches() { # SCENE
  measure_pictures "biped, large batch" "$1" "$engine" "$(($(frames) / 8))" --size 256x256
  measure_pictures "biped, one screen" "$1" "$engine" 8 --size 1920x1080
}

check_pictures() {
  local biped=$scenarios/ten_thousand_falls.yaml seen=$scenarios/falls_seen.yaml file size episodes=256
  if [ "$short" = yes ]; then episodes=8; fi
  for file in "${models[@]}" "$biped"; do
    for size in 64x64 128x128; do measure_pictures "$(title "$file")" "$file" "$engine" "$(frames)" --size $size; done
    measure_pictures "$(title "$file")" "$file" cpu "$(($(frames) / 4))" --size 64x64
  done
  measure_batches "$biped"
  measure_lidar "$seen" chest "$engine"
  measure_dataset "$seen" "$engine" "$episodes"
  measure_dataset "$seen" cpu "$((episodes / 4))"
}
