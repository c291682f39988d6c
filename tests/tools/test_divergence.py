#!/usr/bin/python3
"""Tests that diverged worlds are marked in their episodes and change no other episode: the neighbours in their tile
have the same bytes as when every world is stepped alone."""
import os
import subprocess
import sys
import tempfile

import h5py

SCENARIO = """
version: 1
name: blown_away
episodes: 32
duration: 0.4 s
world: {{timestep: 5 ms, control_rate: 50 Hz}}
entities:
  floor: {{ground: {{friction: 1}}}}
  robot:
    model: {source}/scenarios/assets/biped.xml
    start: {{keyframe: stand, lift: 5 cm}} # off the ground, where only its mass resists
{trouble}
record: [joints, root, contacts]
"""
TROUBLES = {
    "a huge push": "events:\n  push: {at: 0.1 s, body: robot.torso, impulse: {sphere: {choice: [0 N s, 1e15 N s]}}}",
    "a huge gravity": "randomize:\n  world.gravity: {scale: {choice: [1, 1e20]}}",
}
DIVERGED, TOO_MANY_FAILED = "diverged", 3


def episodes(work, scenario, lanes):
    out = f"{work}/lanes{lanes}"
    command = [os.environ["MYRIAD"], "run", scenario, "-o", out, "--overwrite", "--progress", "none"]
    result = subprocess.run(command + (["--lanes", str(lanes)] if lanes else []), capture_output=True, text=True)
    assert result.returncode == TOO_MANY_FAILED, (result.returncode, result.stderr)
    found = {}
    for name in sorted(os.listdir(out)):
        with h5py.File(f"{out}/{name}") as shard:
            for episode in shard["data"].values():
                found[int(episode.attrs["episode_index"])] = (episode.attrs["content_xxh3"],
                                                              episode.attrs["termination_reason"],
                                                              int(episode.attrs["status"]),
                                                              int(episode.attrs["num_samples"]))
    return found


with tempfile.TemporaryDirectory() as work:
    for name, trouble in TROUBLES.items():
        scenario = f"{work}/scenario.yaml"
        with open(scenario, "w") as file:
            file.write(SCENARIO.format(source=os.environ["MYRIAD_SOURCE"], trouble=trouble))
        alone, together = episodes(work, scenario, 1), episodes(work, scenario, 0)
        assert len(alone) == 32 and alone == together, name
        marked = [e for e in together.values() if e[1] == DIVERGED]
        others = [e for e in together.values() if e[1] != DIVERGED]
        assert marked and others, f"{name}: {len(marked)} diverged, {len(others)} did not"
        assert all(e[2] & 1 for e in marked) and not any(e[2] & 1 for e in others), name
        assert all(e[3] < 20 for e in marked) and all(e[3] == 20 for e in others), name
        print(f"{name}: {len(marked)} of 32 episodes diverged and are marked, the others are as if alone")
sys.exit(0)
