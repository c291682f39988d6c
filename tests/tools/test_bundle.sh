#!/usr/bin/env bash
# Tests that a bundle runs by itself: after a move, through a link, by PATH, with an empty environment, and in a root folder
# with nothing but the bundle, /proc and /dev. Its datasets have the same bytes as those of the build.
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
"$MYRIAD_SOURCE/tools/bundle" --build "$MYRIAD_BUILD" -o "$work/made" --archive >"$work/said"
grep -qE 'needs Linux [0-9.]+ or newer, and no C library' "$work/said" || fail "no oldest Linux in: $(cat "$work/said")"
size=$(du -sk "$work/made" | cut -f 1)
[ "$size" -lt 40000 ] || fail "the bundle takes $size kB: which library is new?" # 22 MB without CUDA

# The loader takes the libraries only from the bundle's own folder.
mkdir "$work/elsewhere"
mv "$work/made" "$work/elsewhere/a bundle"
ln -s "elsewhere/a bundle/bin/myriad" "$work/linked"
bundle="$work/elsewhere/a bundle"
[ "$(readelf -d "$bundle/libexec/myriad" | sed -n 's/.*(RPATH).*\[\(.*\)\]/\1/p')" = "\$ORIGIN/../lib/myriad" ] ||
  fail "not found by \$ORIGIN alone: $(readelf -d "$bundle/libexec/myriad" | grep -E 'R(UN)?PATH')"
! readelf -l "$bundle/bin/myriad" | grep -i interpreter || fail "bin/myriad needs a loader of the machine"
for name in libcuda.so libnvidia-ml.so libcurl libkrb5; do
  [ -z "$(find "$bundle/lib" -name "$name*")" ] || fail "$name is the machine's or not needed, and is bundled"
done
for name in libmujoco libyaml libgomp c-library/libc c-library/libdl c-library/ld-linux; do
  [ -n "$(find "$bundle/lib" -path "*/$name*")" ] || fail "$name is not bundled"
done
for name in $(find "$bundle/lib/myriad" -maxdepth 1 -type f -printf '%f\n'); do # in c-library only that loader looks
  [ ! -e "$bundle/lib/myriad/c-library/$name" ] || fail "$name is bundled twice"
done
env -i LD_DEBUG=libs "$bundle/bin/myriad" --version >"$work/out" 2>"$work/libraries"
! grep -F "$MYRIAD_SOURCE" "$work/libraries" || fail "the loader looks into the source"
loaded=$(sed -n 's/.*calling init: //p' "$work/libraries")
[ "$(grep -c . <<<"$loaded")" -gt 8 ] || fail "LD_DEBUG shows $loaded"
! grep -vF "$bundle/" <<<"$loaded" || fail "these come from elsewhere"

# The modules of a cluster set LD_LIBRARY_PATH; their libraries must not be used.
mkdir "$work/module"
find "$bundle/lib/myriad" -type f -printf '%f\n' | while read -r name; do echo "not a library" >"$work/module/$name"; done
env -i LD_LIBRARY_PATH="$work/module" "$bundle/bin/myriad" --version >"$work/out" || fail "LD_LIBRARY_PATH goes before"

# A GPU's driver is the machine's. It is found in LD_LIBRARY_PATH, and gets the parts of the bundle's C library, although it
# has a RUNPATH of the machine.
cat >"$work/driver.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <sys/prctl.h>
__attribute__((constructor)) static void say(void) {
  void *part = dlopen("libresolv.so.2", RTLD_NOW);
  struct link_map *map = NULL;
  if (part) dlinfo(part, RTLD_DI_LINKMAP, &map);
  fprintf(stderr, "the driver's part: %s\n", map ? map->l_name : dlerror());
}
__attribute__((destructor)) static void say_name(void) {
  char name[16] = "";
  prctl(PR_GET_NAME, name);
  fprintf(stderr, "the name of the process: %s\n", name);
}
END
mkdir "$work/driver"
${CC:-cc} -shared -fPIC -o "$work/driver/libdriver.so" "$work/driver.c" -Wl,--no-as-needed -l:libresolv.so.2 \
  -Wl,--enable-new-dtags -Wl,-rpath,"$(dirname "$(ldd "$MYRIAD" | sed -n 's/.*libc.so.6 => \(.*\) (.*/\1/p')")"
env -i LD_LIBRARY_PATH="$work/driver" LD_PRELOAD=libdriver.so "$bundle/bin/myriad" --version >"$work/out" 2>"$work/log" ||
  fail "no driver can be loaded: $(cat "$work/log")"
grep -qF "$bundle/lib/myriad/c-library/libresolv.so.2" "$work/log" || fail "$(cat "$work/log")"
grep -qx 'the name of the process: myriad' "$work/log" || fail "top shows another name: $(cat "$work/log")"

# How it is called: by PATH, from another folder, by a chain of links, under another name.
ln -s "$work/linked" "$work/twice"
version=$("$MYRIAD" --version)
(
  cd /
  for command in "$work/linked" "$work/twice" "$bundle/bin/myriad" myriad "$bundle/libexec/myriad"; do
    [ "$(env -i PATH="$bundle/bin" "$command" --version)" = "$version" ] || fail "$command does not start"
  done
  cd "$bundle/bin"
  for command in ./myriad ../bin/myriad; do "$command" help >"$work/out" || fail "$command does not start"; done
)
code=0
env -i "$work/linked" run >"$work/out" 2>"$work/log" || code=$?
[ $code = 2 ] && grep -q 'it wants SCENE' "$work/log" || fail "a mistake ended $code: $(cat "$work/log")"
mkdir "$work/a:b"
cp -r "$bundle" "$work/a:b/"
! "$work/a:b/a bundle/bin/myriad" --version 2>"$work/log" || fail "the loader would split such a path"
grep -q 'move it' "$work/log" || fail "$(cat "$work/log")"

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

# A root folder with nothing but the archive, /proc and /dev.
if unshare -rm chroot / true 2>/dev/null; then
  root=$work/root
  mkdir -p "$root/proc" "$root/dev" "$root/opt"
  tar -xzf "$work/made.tar.gz" -C "$root/opt"
  # shellcheck disable=SC2016 # the inner shell expands them
  alone() {
    env -i unshare -rm sh -c 'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" &&
      exec chroot "$0" /opt/made/bin/myriad "$@"' "$root" "$@"
  }
  share=/opt/made/share/myriad/scenarios
  alone run $share/ten_thousand_falls.yaml -o /falls --episodes 8 --progress none >"$work/log" 2>&1 ||
    fail "in a root of its own: $(cat "$work/log")"
  [ "$(alone digest /falls)" = "$expected" ] || fail "other episodes in a root of its own"
  alone verify /falls >"$work/log" 2>&1 || fail "verify in a root of its own: $(cat "$work/log")"
  alone view $share/cartpole.yaml -o /picture.png >"$work/log" 2>&1 ||
    fail "view in a root of its own: $(cat "$work/log")"
  [ "$(head -c 4 "$root/picture.png" | tail -c 3)" = PNG ] || fail "no picture in a root of its own"
  echo "checked in a root of its own"
fi

# Every library has a notice of copyright, or is listed as one without.
notices=$bundle/share/doc/myriad/licenses
for library in "$bundle"/lib/myriad/*.so* "$bundle"/lib/myriad/c-library/*; do
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
