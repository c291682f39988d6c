"""Tests that every SYNC() of the kernels is needed and that test_warp notices if one is missing: removes a SYNC(),
builds the emulated warp's kernels anew, and expects the test to fail. By default it tries a few, chosen by the bytes of
the sources. --all tries every one (a minute or two), --list names them, and numbers choose which to try.

Most missing SYNCs change the resulting numbers. Some do not, because the items of the emulated warp wait for each other
at votes and shuffles too, although these do not order memory. ThreadSanitizer must then find a race. If no SYNC() is
missing it must find none; --races checks only that (for test_warp_races.sh).

Needs MYRIAD_SOURCE and MYRIAD_BUILD, which the build sets for its tests."""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["MYRIAD_SOURCE"])
BUILD = pathlib.Path(os.environ["MYRIAD_BUILD"])
TEST = BUILD / "tests" / "test_kernels_warp"
SAMPLE = 3
SECONDS = 120  # a test that takes longer hangs because the SYNC() is missing
SKIPPED = 77
# -O1, because the kernels compile three times as fast and give the same bits.
COMPILE = [os.environ.get("CC", "cc"), "-std=gnu17", "-O1", "-fPIC", "-D_GNU_SOURCE", "-ffp-contract=off",
           "-fno-math-errno", "-Wno-psabi"]
# The sources that contain the kernels, with their options.
KERNELS = {"tests/emulated/warp_kernels.c": ["-DLANES=1", "-DMYR_EMULATED_WARP"],
           "tests/emulated/warp_start.c": ["-DLANES=1", "-DMYR_EMULATED_WARP", "-DMYR_DOUBLE"]}
PARTS = ["tests/emulated/warp.c", "kernels/clock.c", "kernels/model.c", "kernels/status.c", "kernels/plain_text.c",
         "kernels/step/actuator_tables.c", "kernels/step/block_bounds.c", "kernels/step/dof_chain.c",
         "kernels/step/equality_chains.c", "kernels/step/tendon_tables.c"]
SYNC = re.compile(r"\bSYNC\(\);")


def headers():
    """Returns the headers that the emulated kernels include."""
    names = set()
    for source, options in KERNELS.items():
        rule = subprocess.run([*COMPILE, *options, f"-I{SOURCE}", "-MM", SOURCE / source],
                              check=True, capture_output=True, text=True).stdout
        names |= {pathlib.Path(word) for word in rule.replace("\\\n", " ").split()}
    return sorted(path for path in (SOURCE / "kernels").glob("**/*.h") if path in names)


def syncs():
    """Returns (header, position in its text, line) for each SYNC()."""
    found = []
    for path in headers():
        text = path.read_text()
        found += [(path, match.start(), text.count("\n", 0, match.start()) + 1) for match in SYNC.finditer(text)]
    return found


def name_of(sync):
    return f"{sync[0].relative_to(SOURCE)}:{sync[2]}"


class Watch:
    """Compiles the kernels with some options, and runs the test on them."""

    def __init__(self, folder, options=(), preload=None):
        self.folder = folder
        self.compile = [*COMPILE, *options]
        self.environment = {**os.environ, "CMOCKA_TEST_ABORT": "1"}
        if preload:
            self.environment |= {"LD_PRELOAD": preload, "TSAN_OPTIONS": "halt_on_error=1:symbolize=0",
                                 "MYRIAD_EFFORT": "0",
                                 # The sanitizer is preloaded into the reader of models too, and takes all addresses.
                                 "MYRIAD_MODEL_GB": "1e6"}
        folder.mkdir()
        self.parts = [self.compile_part(source) for source in PARTS]

    def compile_part(self, source, folder=None, options=()):
        folder = folder or self.folder
        part = folder / (pathlib.Path(source).stem + ".o")
        subprocess.run([*self.compile, *options, f"-I{folder}", f"-I{SOURCE}", "-c", SOURCE / source, "-o", part],
                       check=True)
        return part

    def sees(self, name, sync):
        """Returns whether the test fails if this SYNC() is missing. None removes nothing."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        if sync:
            path, place, _ = sync
            text = path.read_text()
            changed = folder / path.relative_to(SOURCE)
            changed.parent.mkdir(parents=True, exist_ok=True)
            changed.write_text(text[:place] + "((void)0);" + text[place + len("SYNC();"):])
        library = folder / "warp_kernels.so"
        kernels = [self.compile_part(source, folder, options) for source, options in KERNELS.items()]
        # With -z defs, a file missing in PARTS is an error here, instead of a library that does not load.
        complete = [] if "-fsanitize=thread" in self.compile else ["-Wl,-z,defs"]
        subprocess.run([*self.compile, "-shared", *complete, *kernels, *self.parts, "-lpthread", "-lm", "-o", library],
                       check=True)
        environment = {**self.environment, "MYRIAD_WARP_KERNELS": str(library)}
        try:
            test = subprocess.run([TEST], cwd=SOURCE, env=environment, capture_output=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return test.returncode != 0


def thread_sanitizer():
    """Returns the path of ThreadSanitizer's library, or None."""
    path = subprocess.run([COMPILE[0], "-print-file-name=libtsan.so"], capture_output=True, text=True).stdout.strip()
    return path if os.path.isabs(path) else None


def chosen_by_sources(found):
    """Returns the numbers of a few SYNCs; others whenever a kernel changes."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in headers())).digest()
    return random.Random(digest).sample(range(len(found)), min(SAMPLE, len(found)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--races", action="store_true")
    arguments = parser.parse_args()
    if re.search(r"MYRIAD_SANITIZE:STRING=.+", (BUILD / "CMakeCache.txt").read_text()):
        print("skipped: what is built without a SYNC() is built without the other sanitizers")
        return SKIPPED
    sanitizer = thread_sanitizer()
    if not sanitizer:
        print("skipped: there is no ThreadSanitizer")
        return SKIPPED
    found = syncs()
    if arguments.list:
        print("\n".join(f"{number} {name_of(sync)}" for number, sync in enumerate(found)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        races = Watch(folder / "races", ["-fsanitize=thread"], sanitizer)
        if arguments.races:
            raced = races.sees("whole", None)
            print("there are races" if raced else "there are no races")
            return int(raced)
        numbers = Watch(folder / "numbers")
        if numbers.sees("whole", None) or (arguments.all and races.sees("whole", None)):
            print("the test fails although no SYNC() is missing")
            return 1
        chosen = range(len(found)) if arguments.all else arguments.numbers or chosen_by_sources(found)
        by_numbers, by_races, missed = [], [], []

        def try_without(number):
            sync, place = found[number], str(number)
            seen = by_numbers if numbers.sees(place, sync) else by_races if races.sees(place, sync) else missed
            seen.append(name_of(sync))

        with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            list(pool.map(try_without, chosen))
    for name in missed:
        print(f"{name}: the test passes without this SYNC()")
    print(f"of {len(chosen)} missing SYNC()s, {len(by_numbers)} changed the numbers and {len(by_races)} more were races",
          f"({' '.join(by_races) or 'none'}); there are {len(found)} in all")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
