#!/usr/bin/env bash
# Tests that a bundle runs by itself: after a move, through a link, with an empty environment, and in a root folder with
# nothing but the bundle and the C library. Its datasets have the same bytes as those of the build.
set -euo pipefail
if ldd "$MYRIAD" | grep -qE 'lib(a|t|ub)san'; then
  echo "skipped: sanitizers look for their files in the machine"
  exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "$*"
  exit 1
}
newer() { [ "$1" != "$2" ] && [ "$(printf '%s\n' "$1" "$2" | sort -V | tail -n 1)" = "$1" ]; }

# tools/bundle lists the parts, and the bundle needs no newer C library than the one it was linked with.
"$MYRIAD_SOURCE/tools/bundle" --build "$MYRIAD_BUILD" -o "$work/made" --archive >"$work/said"
glibc=$(sed -n 's/.*symbols of the C library up to GLIBC_\([0-9.]*\);.*/\1/p' "$work/said")
[ -n "$glibc" ] || fail "no version of the C library in: $(tail -n 2 "$work/said")"
here=$(ldd --version | sed -n '1s/.* //p')
! newer "$glibc" "$here" || fail "needs $glibc, and here is $here"
# A bundle made on Debian 12 must run on clusters with the C library 2.34 (RHEL 9 and its relatives), unless it contains
# Bullet, because the library of C++ needs this system's C library.
if ! newer "$here" 2.36 && newer "$glibc" 2.34 && ! "$MYRIAD" --version | grep -q '^engines.*bullet'; then
  fail "needs GLIBC_$glibc: $(readelf --dyn-syms --wide "$MYRIAD" | grep -oE "[^ ]+@GLIBC_$glibc.*" | tr '\n' ' ')"
fi

# The loader takes the libraries only from the bundle's own folder.
mkdir "$work/elsewhere"
mv "$work/made" "$work/elsewhere/a bundle"
ln -s "elsewhere/a bundle/bin/myriad" "$work/linked"
bundle="$work/elsewhere/a bundle"
[ "$(readelf -d "$bundle/bin/myriad" | sed -n 's/.*(RPATH).*\[\(.*\)\]/\1/p')" = "\$ORIGIN/../lib/myriad" ] ||
  fail "not found by \$ORIGIN alone: $(readelf -d "$bundle/bin/myriad" | grep -E 'R(UN)?PATH')"
for name in libc.so libm.so libpthread.so libdl.so ld-linux libcuda.so libnvidia-ml.so; do
  [ -z "$(find "$bundle/lib" -name "$name*")" ] || fail "$name is the machine's, and is bundled"
done
for name in libhdf5 libmujoco libyaml libgomp; do
  [ -n "$(find "$bundle/lib" -name "$name*")" ] || fail "$name is not bundled"
done
env -i LD_DEBUG=libs "$bundle/bin/myriad" --version >"$work/out" 2>"$work/libraries"
! grep -F "$MYRIAD_SOURCE" "$work/libraries" || fail "the loader looks into the source"
# The parts of the C library come from the loader's cache, for which it prints no "trying file".
c_library='/(lib(c|m|mvec|dl|pthread|rt|resolv)|ld-linux[^/]*)\.so'
loaded=$(sed -n 's/.*calling init: //p' "$work/libraries" | grep -vE "$c_library" || true)
[ "$(grep -c . <<<"$loaded")" -gt 5 ] || fail "LD_DEBUG shows $loaded"
! grep -vF "$bundle/" <<<"$loaded" || fail "these come from elsewhere"

# The modules of a cluster set LD_LIBRARY_PATH; their libraries must not be used.
mkdir "$work/module"
for library in "$bundle"/lib/myriad/*; do echo "not a library" >"$work/module/$(basename "$library")"; done
env -i LD_LIBRARY_PATH="$work/module" "$bundle/bin/myriad" --version >"$work/out" || fail "LD_LIBRARY_PATH goes before"

# The same bytes.
"$MYRIAD" run "$MYRIAD_SOURCE/scenarios/ten_thousand_falls.yaml" -o "$work/falls" --episodes 8 --progress none \
  >"$work/log"
expected=$("$MYRIAD" digest "$work/falls")
(
  cd /
  for scene in "$bundle"/share/myriad/scenarios/*.yaml; do
    env -i "$work/linked" check "$scene" >"$work/log" || fail "$scene is not good in the bundle"
  done
  env -i "$work/linked" run "$bundle/share/myriad/scenarios/ten_thousand_falls.yaml" -o "$work/bundled" --episodes 8 \
    --progress none >"$work/log"
)
[ "$(env -i "$work/linked" digest "$work/bundled")" = "$expected" ] || fail "the bundle makes other episodes"

# The bundle's gpu-check finds the bundle's own command and scenarios; here it compares the processor with itself.
env -i PATH="$PATH" "$bundle/tools/gpu-check" --short --engine-under-test cpu --only digests >"$work/log" 2>&1 ||
  fail "gpu-check in the bundle: $(cat "$work/log")"
grep -q "^gpu-check: $bundle/bin/myriad," "$work/log" || fail "gpu-check asked another command: $(cat "$work/log")"
grep -q '^pass    digest of ten_thousand_falls.yaml' "$work/log" || fail "no scenarios: $(cat "$work/log")"

# A root folder with the archive and, from this machine, only the C library. The loader needs /proc to find the program.
if unshare -rm chroot / true 2>/dev/null; then
  root=$work/root
  mkdir -p "$root/proc" "$root/tmp" "$root/opt"
  tar -xzf "$work/made.tar.gz" -C "$root/opt"
  env -i ldd "$root/opt/made/bin/myriad" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
    case $library in "$root"/*) continue ;; esac
    mkdir -p "$root/$(dirname "$library")"
    cp -L "$library" "$root/$library"
  done
  # shellcheck disable=SC2016 # the inner shell expands them
  alone() {
    env -i unshare -rm sh -c 'mount --rbind /proc "$0/proc" && exec chroot "$0" /opt/made/bin/myriad "$@"' "$root" "$@"
  }
  alone run /opt/made/share/myriad/scenarios/ten_thousand_falls.yaml -o /tmp/falls --episodes 8 --progress none \
    >"$work/log" 2>&1 || fail "in a root of its own: $(cat "$work/log")"
  [ "$(alone digest /tmp/falls)" = "$expected" ] || fail "other episodes in a root of its own"
  echo "checked in a root of its own"
fi

# Every library has a notice of copyright, or is listed as one without.
notices=$bundle/share/doc/myriad/licenses
for library in "$bundle"/lib/myriad/*; do
  name=$(basename "$library")
  notice=$(sed -n "s/^$name: //p" "$notices/index.txt")
  if [ -n "$notice" ]; then
    [ -e "$notices/$notice" ] || fail "$name: no $notice"
  else
    grep -qE "^  $name.*: no notice found" "$work/said" || fail "$name is without a notice, and nothing is said of it"
  fi
done
for text in LICENSE README.txt; do [ -s "$bundle/$text" ] || fail "no $text"; done

# tools/bundle replaces an earlier bundle, but no other folder.
mkdir "$work/precious"
echo data >"$work/precious/file"
! "$MYRIAD_SOURCE/tools/bundle" --build "$MYRIAD_BUILD" -o "$work/precious" 2>"$work/log" || fail "replaced a folder"
[ "$(cat "$work/precious/file")" = data ] || fail "a folder of somebody's is gone"
touch "$bundle/old"
"$MYRIAD_SOURCE/tools/bundle" --build "$MYRIAD_BUILD" -o "$bundle" >"$work/log" || fail "$(cat "$work/log")"
[ ! -e "$bundle/old" ] || fail "an earlier bundle was not replaced"
