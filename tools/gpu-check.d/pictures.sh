# Section pictures of tools/gpu-check: how fast are pictures drawn, and how fast are whole datasets with pictures made?
# shellcheck shell=bash
# shellcheck disable=SC2154 # tools/gpu-check sets these variables

frames() { if [ "$short" = yes ]; then echo 512; else echo 32768; fi; }

# Measures the frames a second of one camera: with diffuse light only, with shadows and textures, and with highlights
# too.
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

# Measures the rays a second of a LiDAR with 64 x 1024 beams: the pixels of its depth pictures.
measure_lidar() { # ENGINE FRAMES
  local what="LiDAR of 64 x 1024, $1"
  if [ "$(time_left)" -lt $line_time ]; then
    skip "$what: no time left"
  elif ! try "$myriad" bench "$scratch/lidar.yaml" --render --camera chest --outputs depth --engine "$1" --frames "$2" \
    --rounds "$(rounds)" --json; then
    fail "$what: $(why)"
  else
    number "$(awk -v rays="$(json_number pixels_per_second)" -v what="$what" 'BEGIN {
      printf "%9.1f M rays/s  %s", rays / 1e6, what }')"
  fi
}

# Measures simulation, pictures, labels and compressed files together.
measure_dataset() { # SCENE ENGINE EPISODES [options]
  local what
  what="dataset of $(title "$1"), $2, $3 episodes${4:+, ${*:4}}"
  if [ "$(time_left)" -lt $((2 * line_time)) ]; then
    skip "$what: no time left"
  elif ! try "$myriad" run "$1" -o "$scratch/seen" --overwrite --engine "$2" --episodes "$3" --progress none --json \
    "${@:4}"; then
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

# Prints the memory that `plan` predicts for a run with that many worlds, then measures the run.
measure_large_batch() { # SCENE WORLDS
  local what
  what="planned for $2 worlds of $(title "$1")"
  if ! try "$myriad" plan "$1" --engine "$engine" --episodes "$2" --worlds "$2" --json; then
    fail "$what: $(why)"
    return
  fi
  number "$(awk -v device="$(json_number device_bytes)" -v free="$(json_number device_free_bytes)" \
    -v host="$(json_number memory_bytes)" -v what="$what" 'BEGIN {
    printf "%9.2f GB of the GPU, with %.2f GB free there, and at most %.2f GB of the host  %s", device / 1e9,
           free / 1e9, host / 1e9, what }')"
  measure_dataset "$1" "$engine" "$2" --worlds "$2"
}

# Measures larger pictures, one as large as a screen, and a large batch. Each must fit into memory or be refused with a
# message that says how much fits.
measure_batches() { # SCENE
  measure_pictures "biped, large batch" "$1" "$engine" "$(($(frames) / 8))" --size 256x256
  measure_pictures "biped, one screen" "$1" "$engine" 8 --size 1920x1080
  measure_large_batch "$scratch/two_cameras.yaml" "$(seen_worlds)"
}

# Measures three robots and the scenes of benchmark-scenes.awk, whose meshes take seconds to read.
measure_scenes() {
  local name
  measure_pictures "three bipeds" "$scratch/three_bipeds.yaml" "$engine" "$(frames)" --size 64x64
  for name in primitives meshes; do
    measure_pictures "$name" "$scratch/scenes/$name.xml" "$engine" "$(($(frames) / 4))" --size 64x64
    measure_pictures "$name" "$scratch/scenes/$name.xml" cpu "$(($(frames) / 16))" --size 64x64
  done
}

check_pictures() {
  local biped=$scenarios/ten_thousand_falls.yaml seen=$scenarios/falls_seen.yaml file size episodes=256
  if [ "$short" = yes ]; then episodes=8; fi
  for file in "${models[@]}" "$biped"; do
    for size in 64x64 128x128; do measure_pictures "$(title "$file")" "$file" "$engine" "$(frames)" --size $size; done
    measure_pictures "$(title "$file")" "$file" cpu "$(($(frames) / 4))" --size 64x64
  done
  measure_batches "$biped"
  measure_scenes
  measure_lidar "$engine" "$(($(frames) / 16))"
  measure_lidar cpu "$(($(frames) / 256))"
  measure_dataset "$seen" "$engine" "$episodes"
  measure_dataset "$seen" cpu "$((episodes / 4))"
}
