#!/usr/bin/env bash
# The rasterizer's headers are valid device code, until a driver of its own compiles them.
set -euo pipefail
compiler=$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)
[ -x "$compiler" ] || { echo "skipped: no nvcc"; exit 77; }
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
cat >"$out/probe.cu" <<'PROBE'
#include "kernels/raster_pixels.h"
__global__ void probe(scene *s, const tile_position *tile, tile_rays *rays, visibility *buffer, shading *shade,
                      pixel_colors *colors, uint8_t *rgb) {
  shade_begin_view(shade, s->frame, s->view);
  for (int drawable = 0; drawable < s->frame->drawable_count; drawable++)
    draw_primitive(s, tile, rays, drawable, buffer, 0);
  shade_tile(s, tile, rays, buffer, shade, 0, 1, colors, rgb);
}
PROBE
"$compiler" -std=c++17 -arch=sm_90 -fmad=false -ftz=false -prec-div=true -prec-sqrt=true -I"$MYRIAD_SOURCE" \
  -c "$out/probe.cu" -o "$out/probe.o"
echo "the rasterizer compiles as device code"
