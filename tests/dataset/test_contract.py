"""Tests that small runs of every shipped scenario keep the contract of check_contract.py, and that `verify` agrees."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_contract

myriad, source = os.environ["MYRIAD"], os.environ["MYRIAD_SOURCE"]
scenarios = sorted(glob.glob(os.path.join(source, "scenarios", "*.yaml")))
assert scenarios, "no scenarios are shipped"
for scenario in scenarios:
    with open(scenario) as file:
        seen = "\ncameras:" in file.read()
    episodes, shard_episodes = (7, 3) if seen else (23, 10)  # because pictures take their time
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([myriad, "run", scenario, "-o", directory, "--episodes", str(episodes), "--shard-episodes",
                        str(shard_episodes), "--progress", "none"], check=True)
        check_contract.check_dataset(directory, episodes)
        subprocess.run([myriad, "verify", directory], check=True)
        if shutil.which("h5dump"):
            subprocess.run(["h5dump", "-H", glob.glob(directory + "/*.h5")[0]], check=True,
                           stdout=subprocess.DEVNULL)
