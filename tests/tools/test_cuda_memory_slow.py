"""Tests large batches on an emulated GPU that has exactly the memory that `plan` predicts: they fit, and draw the CPU's
pictures. With one byte less they are refused before they begin.

The allocated memory must equal the prediction to the byte, because a run allocates all of it when it begins, by the
sizes that the plan adds up.

    test_cuda_memory_slow.py --full    with 16 384 worlds of two cameras and 1024 of one of 256 x 256: minutes, 8 GB
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

source, emulated = os.environ["MYRIAD_SOURCE"], os.environ.get("MYRIAD_EMULATED")
full = "--full" in sys.argv
PLENTY = 1 << 40  # bytes: nothing is refused

SCENE = """version: 1
name: {name}
episodes: {worlds}
duration: 20 ms
world: {{timestep: 5 ms, control_rate: 50 Hz}}
entities:
  floor: {{ground: {{friction: 0.8}}}}
  robot: {{model: {source}/scenarios/assets/cartpole.xml}}
cameras:
"""
CAMERA = ("  {name}: {{position: [{x}, 3, 1.5], look_at: [0, 0, 0.7], fov: 50 deg, size: [{width}, {height}], "
          "outputs: [rgb, depth, instance]}}\n")


def call(*arguments, memory, code=0, report=""):
    environment = os.environ | {"EMULATED_CUDA_MEMORY": str(memory), "EMULATED_CUDA_REPORT": report}
    done = subprocess.run([emulated, *arguments], capture_output=True, text=True, env=environment)
    assert done.returncode == code, (arguments, memory, done.returncode, code, done.stdout, done.stderr)
    return done.stderr if code else json.loads(done.stdout)


def check_batch(directory, name, worlds, size, cameras):
    scene = os.path.join(directory, name + ".yaml")
    with open(scene, "w") as file:
        file.write(SCENE.format(name=name, worlds=worlds, source=source))
        for i in range(cameras):
            file.write(CAMERA.format(name=f"camera_{i}", x=2 * i - 1, width=size[0], height=size[1]))
    shape = ("--worlds", str(worlds), "--threads", "4", "--engine")
    plan = call("plan", scene, "--json", *shape, "cuda", memory=PLENTY)
    planned, needed = plan["device_bytes"], plan["device_free_bytes"]
    assert plan["worlds"] == worlds and planned < needed < 1.1 * planned, plan

    out, report = os.path.join(directory, name), os.path.join(directory, "report")
    run = ("run", scene, "--json", "--progress", "none", "-o")
    message = call(*run, out, *shape, "cuda", memory=needed - 1, code=1)
    assert re.search(rf"at most {worlds - 1} fit" if worlds > 1 else "not one fits", message), message
    refused = call("plan", scene, "--json", *shape, "cuda", memory=needed - 1)
    assert not refused["fits"] and refused["fitting_worlds"] == worlds - 1, refused
    assert not os.path.exists(out), "a run that is refused has begun"

    start = time.monotonic()
    drawn = call(*run, out, *shape, "cuda", memory=needed, report=report)
    seconds = time.monotonic() - start
    with open(report) as file:
        allocated = int(re.search(r"bytes at once (\d+)", file.read())[1])
    assert allocated == planned, f"{name}: {allocated} bytes were allocated, {planned} planned"
    expected = call(*run, out + "-cpu", *shape, "cpu", memory=PLENTY)
    assert drawn["engine"] == "cuda" and drawn["frames"] == expected["frames"] >= worlds * cameras, (drawn, expected)
    assert drawn["digest"] == expected["digest"], (drawn, expected)
    print(f"{name}: {worlds} worlds, {cameras} of {size[0]} x {size[1]}, {drawn['frames']} frames in {seconds:.0f} s, "
          f"{planned / 1e6:.1f} MB planned and allocated, digest {drawn['digest']}")


if not emulated:
    print("no C++ compiler: the emulated GPU is not built")
    sys.exit(77)
with tempfile.TemporaryDirectory() as directory:
    check_batch(directory, "many_small", 16384 if full else 250, (64, 64), 2)
    check_batch(directory, "some_large", 1024 if full else 10, (256, 256), 1)
    check_batch(directory, "one_screen", 1, (1920, 1080), 1)
