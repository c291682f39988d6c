"""The dataset's contract with those who train on it, checked with h5py alone: what DESIGN.md's "The dataset" promises and
what robomimic's, Isaac Lab's and diffusion_policy's loaders rely on. Independent of the program's own `verify`.

usage: check_contract.py DIRECTORY [expected number of episodes]
"""
import glob
import json
import os
import re
import sys

import h5py
import numpy

# What torch.from_numpy takes in every version.
TORCH_TYPES = {numpy.dtype(t) for t in ("bool", "uint8", "int16", "int32", "int64", "float16", "float32", "float64")}


def require(condition, *words):
    if not condition:
        raise SystemExit("contract broken: " + " ".join(str(w) for w in words))


def leaves(group, prefix=""):
    """Every dataset below a group by its path, both names of a hard link."""
    for name in group:
        link = group.get(name, getlink=True)
        require(isinstance(link, h5py.HardLink), prefix + name, "is no hard link")
        child = group[name]
        if isinstance(child, h5py.Group):
            yield from leaves(child, prefix + name + "/")
        else:
            yield prefix + name, child


def check_episode(name, demo, units, names):
    steps = demo.attrs["num_samples"]
    require(steps >= 1, name, "is empty")
    for attribute, kind in {"seed": numpy.integer, "episode_index": numpy.integer, "success": numpy.bool_,
                            "termination_reason": str, "content_xxh3": str, "status": numpy.integer,
                            "dropped_contacts": numpy.integer}.items():
        require(isinstance(demo.attrs[attribute], kind), name, attribute, "is", type(demo.attrs[attribute]))
    arrays = dict(leaves(demo))
    for path, array in arrays.items():
        where = name + "/" + path
        require(array.dtype in TORCH_TYPES, where, "has type", array.dtype)
        require(path in units, where, "has no unit")
        require(array.chunks is None and array.compression is None, where, "is not contiguous")
        values = array[()]
        if values.dtype.kind == "f":
            require(numpy.isfinite(values).all(), where, "is not finite")
            require(not (numpy.signbit(values) & (values == 0)).any(), where, "holds -0")
        top = path.split("/")[0]
        if top in ("final_obs", "initial_state"):
            require(array.shape[0] == 1, where, array.shape)
        elif top != "randomization" and not path.startswith("labels/contacts/"):
            require(array.shape[0] == steps, where, array.shape, steps)
    for path in ("actions", "rewards", "dones", "terminated", "truncated", "success", "time"):
        require(path in arrays, name, "has no", path)
    actions = demo["actions"][()]
    require(actions.ndim == 2 and actions.dtype == numpy.float32 and (abs(actions) <= 1).all(), name, "actions")
    require(demo["terminated"].dtype == bool and demo["truncated"].dtype == bool, name, "flags")
    dones = demo["dones"][()]
    require(dones[-1] == 1 and not dones[:-1].any(), name, "dones")
    require((dones.astype(bool) == (demo["terminated"][()] | demo["truncated"][()])).all(), name, "dones")
    require(demo.attrs["success"] == demo["success"][-1], name, "success")
    time = demo["time"][()]
    require(time[0] == 0 and (numpy.diff(time) > 0).all(), name, "time")
    for key in demo["obs"]:
        require(key in demo["final_obs"], name, "final_obs lacks", key)
        if key.endswith("root_quat"):
            require(abs(numpy.linalg.norm(demo["obs"][key][()], axis=1) - 1).max() < 1e-4, name, key)
    check_states(name, demo)
    check_contacts(name, demo, names)
    return steps


def check_states(name, demo):
    """Isaac Lab's tree agrees with the observations, row by row, and begins with the initial state."""
    for entity, state in demo["states/articulation"].items() if "states" in demo else ():
        initial = demo["initial_state/articulation"][entity]
        for key, array in state.items():
            require((array[0] == initial[key][0]).all(), name, entity, key, "does not start with the initial state")
    if "root_pos" in demo["obs"]:  # a single robot
        (robot,) = demo["states/articulation"].values()
        pose = robot["root_pose"][()]
        require((pose[:, :3] == demo["obs/root_pos"][()]).all(), name, "root_pos")
        require((pose[:, 3:] == demo["obs/root_quat"][()]).all(), name, "root_quat")


def check_contacts(name, demo, names):
    if "contact_count" not in demo["labels"]:
        return
    labels = demo["labels"]
    count, start = labels["contact_count"][()], labels["contact_start"][()]
    require((start == numpy.concatenate([[0], numpy.cumsum(count)[:-1]])).all(), name, "contact_start")
    for key, array in labels["contacts"].items():
        require(array.shape[0] == count.sum(), name, key)
    geom = labels["contacts/geom"][()]
    require(((geom >= 0) & (geom < len(names["geoms"]))).all(), name, "geoms")
    normal = labels["contacts/normal"][()]
    if len(normal):
        require(abs(numpy.linalg.norm(normal, axis=1) - 1).max() < 1e-4, name, "normals")
    if "body_contact_force" in labels:
        require(labels["body_contact_force"].shape[1] == len(names["bodies"]), name, "bodies")


def check_file(path, first):
    with h5py.File(path, "r", swmr=True, libver="latest") as file:  # as robomimic opens it
        require(file.attrs["format_version"] == 1, path, "format_version")
        for attribute in ("schema", "generator", "config_yaml", "config_xxh3", "seed", "conventions_json"):
            require(isinstance(file.attrs[attribute], str) and file.attrs[attribute], path, attribute)
        units, names = json.loads(file.attrs["units_json"]), json.loads(file.attrs["names_json"])
        json.loads(file.attrs["conventions_json"])
        environment = json.loads(file["data"].attrs["env_args"])
        require({"env_name", "type", "env_kwargs"} <= set(environment), path, "env_args")
        episodes = len(file["data"])
        require(set(file["data"]) == {f"demo_{i}" for i in range(episodes)}, path, "names of episodes")
        require(set(file) == {"data", "mask"}, path, "holds more than data and mask")
        total = 0
        for i in range(episodes):
            demo = file[f"data/demo_{i}"]
            require(demo.attrs["episode_index"] == first + i, path, i, "episode_index")
            total += check_episode(f"{path}:demo_{i}", demo, units, names)
        require(total == file["data"].attrs["total"], path, "total")
        masks = {key: [name.decode("utf-8") for name in file["mask"][key]] for key in file["mask"]}
        everything = {f"demo_{i}" for i in range(episodes)}
        for one, other in (("train", "valid"), ("success", "failure")):
            require(set(masks[one]) | set(masks[other]) == everything, path, one, other)
            require(not set(masks[one]) & set(masks[other]), path, one, other)
        for name in masks["success"]:
            require(file["data"][name].attrs["success"], path, name)
        for name in masks["valid"]:
            require(file["data"][name].attrs["episode_index"] % 10 == 9, path, name)
        return episodes


def check_dataset(directory, expected=None):
    files = sorted(glob.glob(os.path.join(directory, "*.h5")))
    require(files, directory, "holds no files")
    next_episode = 0
    for path in files:
        first, last = map(int, re.fullmatch(r".*-(\d{9,})-(\d{9,})\.h5", path).groups())
        require(first == next_episode, path, "does not follow", next_episode)
        require(check_file(path, first) == last - first + 1, path, "holds another number than its name says")
        next_episode = last + 1
    if expected is not None:
        require(next_episode == expected, directory, "holds", next_episode, "episodes, not", expected)
    return next_episode


if __name__ == "__main__":
    found = check_dataset(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
    print(f"{found} episodes keep the contract")
