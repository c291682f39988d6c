#!/bin/bash
# Tests the structure of the sources: public headers compile alone, floors include only the floors below, and only
# kernels/lane/lane*.h tests for a target.
set -u -o pipefail
cd "${MYRIAD_SOURCE:?}" || exit 1
compiler=${CC:-cc}
cxx=${CXX:-c++}
failures=0

fail() {
  printf '%s\n' "$*" >&2
  failures=$((failures + 1))
}

# ---------------------------------------------------------------------------------------------- public headers
# A header must include everything it needs, allow a second inclusion, and compile without a warning.
compiles_alone() { # header, language, standard, compiler
  printf '#include "%s"\n#include "%s"\n' "$1" "$1" |
    "$4" -x "$2" -std="$3" -Wall -Wextra -Werror -fsyntax-only -I. - || fail "$1 does not compile alone as $3"
}

# The public headers of floor 1 are those directly in its folder. Its rooms are private.
kernel_headers=$(echo kernels/*.h)
for header in $kernel_headers sim/sim.h sim/appearance.h sim/benchmark.h sim/grow.h sim/regular_file.h sim/source.h \
  sim/statistics.h sim/threads.h sim/unfinished.h sim/utf8.h \
  scenarios/scenarios.h dataset/dataset.h dataset/array.h render/render.h render/picture.h sim/bullet/bullet_c.h; do
  compiles_alone "$header" c c17 "$compiler"
done
if command -v "$cxx" >/dev/null; then
  for header in $kernel_headers sim/sim.h sim/appearance.h sim/grow.h sim/bullet/bullet_c.h; do
    compiles_alone "$header" c++ c++17 "$cxx"
  done
else
  echo "no C++ compiler: headers are checked as C only"
fi

# ---------------------------------------------------------------------------------------------- floors
floors=(kernels sim render scenarios dataset tools)
declare -A level
for i in "${!floors[@]}"; do level[${floors[$i]}]=$i; done
# The files that a floor may include from the floors below. Those of floor 1 are the headers and lists directly in its
# folder, and elementary.h, whose functions compute the same bits on every machine.
public=" $kernel_headers $(echo kernels/*.def) kernels/lane/elementary.h sim/sim.h sim/appearance.h
 sim/deterministic_math.h sim/benchmark.h sim/grow.h sim/regular_file.h sim/source.h sim/statistics.h sim/threads.h
 sim/unfinished.h sim/utf8.h
 render/render.h render/picture.h scenarios/scenarios.h dataset/dataset.h dataset/array.h "

sources() { # of the folders given
  local folder
  for folder in "$@"; do
    [ -d "$folder" ] && find "$folder" -type f \( -name '*.c' -o -name '*.h' -o -name '*.def' -o -name '*.cu' -o \
      -name '*.cuh' -o -name '*.cpp' -o -name '*.hpp' \) | sort
  done
  return 0
}

# Prints "file:line:included" for every quoted include.
includes() {
  grep -nHoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"[^"]+"' "$@" |
    sed -E 's/^([^:]+:[0-9]+):.*"([^"]+)"/\1:\2/'
}

checked=0
while IFS=: read -r file line included; do
  floor=${file%%/*}
  other=${included%%/*}
  checked=$((checked + 1))
  [[ $included != */* && -e ${file%/*}/$included ]] && continue # the same folder
  if [ "$other" = tests ]; then
    fail "$file:$line: a floor includes a test, $included"
  elif [ -z "${level[$other]+known}" ]; then
    fail "$file:$line: $included is on no floor"
  elif [ "${level[$other]}" -gt "${level[$floor]}" ]; then
    fail "$file:$line: $floor includes $included, of a higher floor"
  elif [ "$other" != "$floor" ]; then
    grep -qF " $included " <<<"${public//$'\n'/ }" || fail "$file:$line: $included is private to $other"
  fi
  [ -e "$included" ] || fail "$file:$line: $included does not exist"
done < <(includes $(sources "${floors[@]}"))
# Rooms of floor 1. lane/ knows nothing of worlds or views. step/ and raster/ know nothing of each other, so that a
# change in a list of physics compiles no rasterizer again.
reaches() { # ROOM: prints what every file of the room includes, directly and through others, without system headers
  local file
  for file in $(sources "$1"); do
    case $file in *.h | *.c) ;; *) continue ;; esac
    "$compiler" -std=gnu17 -D_GNU_SOURCE -DLANES=1 -I. -MM -MT "$file" -x c "$file" 2>&1 | tr -d '\\\n' | tr ' ' '\n' |
      sed "s|^|$file reaches |"
  done
}
keeps_out() { # ROOM PATTERN REASON: no file of the room may include a file that matches the pattern
  local found
  found=$(reaches "$1" | grep -E "reaches ($2)") && fail "$3:"$'\n'"$(sort -u <<<"$found" | head -n 12)"
  return 0
}
keeps_out kernels/lane 'kernels/(step|raster|device)/|kernels/[a-z_]+\.(h|def)' 'a lane knows nothing of worlds or views'
keeps_out kernels/step 'kernels/(raster|device)/' 'a step knows no pictures and no GPU'
keeps_out kernels/raster 'kernels/(step|device)/|kernels/([^o]|o[^u])[a-z_]*\.def|kernels/(model|fields|kernels)\.h' \
  'the rasterizer knows no list but output.def, and no physics'

[ "$checked" -gt 100 ] || fail "only $checked includes were found: is the search broken?"

# Things that a floor must not use. The names of the files come from standard input.
forbid() { # REASON PATTERN [EXCEPTIONS]
  local found
  found=$(xargs grep -nHE "$2" | grep -vE "${3:-^$}") && fail "$1:"$'\n'"$found"
  return 0
}
forbid 'kernels read no files and print nothing' '#[[:space:]]*include[[:space:]]*<(stdio|fcntl|unistd)\.h>' \
  '^kernels/status\.c:' < <(sources kernels)
forbid 'only dataset writes HDF5' '#[[:space:]]*include[[:space:]]*[<"]hdf5' < <(sources kernels sim render scenarios)
forbid 'only sim knows MuJoCo' '#[[:space:]]*include[[:space:]]*[<"]mujoco/' \
  < <(sources kernels render scenarios dataset)
# Three exceptions: a fatal error of MuJoCo outside Myriad's calls stays fatal, a forked child must end, and child/main.c
# is a program of its own.
forbid 'the library never exits, aborts or prints' \
  '(^|[^_[:alnum:].])(exit|abort|_exit|printf|puts|perror)[[:space:]]*\(' \
  '^(sim/mujoco/guard\.c:[0-9]+:  exit\(EXIT_FAILURE\)|dataset/children\.c:[0-9]+: +_exit\(0\)|sim/child/main\.c:)' \
  < <(sources kernels sim render scenarios dataset)

# ---------------------------------------------------------------------------------------------- kernels
# Prints a file line by line without comments and texts.
code_of() {
  sed -E 's/"([^"\\]|\\.)*"/""/g; s,//.*,,' "$1" | awk '{
    line = $0; code = ""
    for (;;) {
      if (inside) {
        end = index(line, "*/")
        if (!end) break
        line = substr(line, end + 2); inside = 0
      }
      start = index(line, "/*")
      if (!start) { code = code line; break }
      code = code substr(line, 1, start - 1); line = substr(line, start + 2); inside = 1
    }
    print code
  }'
}

target='__CUDA|__AVX|__SSE|__ARM|__aarch64|__x86_64|MYR_DOUBLE|\bLANES\b'
for file in $(sources kernels); do
  case $file in
  kernels/lane/lane*.h | kernels/kernels.c | kernels/raster/raster.c | *.cu | *.cuh) continue ;; # these choose and are chosen
  esac
  found=$(code_of "$file" | grep -nE "^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)\\b.*($target)") &&
    fail "$file tests for a target; only lane.h and its parts may:"$'\n'"$found"
done

# Functions of the C library do not give the same bits everywhere; elementary.h has our own.
libm='sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|exp|exp2|expm1|log|log2|log10|log1p|pow|cbrt|hypot|sqrt|rsqrt'
libm="$libm|fma|fabs|fmin|fmax|floor|ceil|rint|round|trunc|fmod|remainder|copysign|ldexp|frexp|sincos"
for file in $(sources kernels); do
  case $file in kernels/lane/lane*.h) continue ;; esac
  called=$(code_of "$file" | grep -nE "(^|[^_[:alnum:]])(__builtin_)?($libm)(f|l)?[[:space:]]*\(") &&
    fail "$file calls the C library's mathematics:"$'\n'"$called"
  code_of "$file" | grep -qE '#[[:space:]]*include[[:space:]]*<(math|tgmath|complex)\.h>' &&
    fail "$file includes <math.h>"
done

# ---------------------------------------------------------------------------------------------- names
# Names that a public header declares have the prefix myr_, so that they clash with no names of other libraries.
for header in $kernel_headers sim/sim.h sim/appearance.h sim/benchmark.h sim/grow.h sim/statistics.h \
  render/picture.h scenarios/scenarios.h dataset/dataset.h dataset/array.h; do
  [ -e "$header" ] || continue
  leaked=$(code_of "$header" | grep -nE '^[a-z].*[ *][a-z_0-9]+\(' | grep -vE '[ *]myr_[a-z0-9_]+\(|typedef') &&
    fail "$header declares functions without the prefix myr_:"$'\n'"$leaked"
  leaked=$(code_of "$header" | grep -nE '^(typedef )?(struct|enum|union) [a-z_0-9]+' |
    grep -vE '(struct|enum|union) myr_') &&
    fail "$header declares types without the prefix myr_:"$'\n'"$leaked"
done

[ "$failures" -eq 0 ] || { echo "$failures findings" >&2; exit 1; }
echo "$checked includes, no finding"
