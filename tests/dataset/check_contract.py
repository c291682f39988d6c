"""Checks with h5py alone the dataset's contract with those who train on it: the layout (dataset/README.md, "The
layout"), and everything that the loaders of robomimic, Isaac Lab and diffusion_policy rely on. Shares no code with
`myriad verify`.

usage: check_contract.py DIRECTORY [expected number of episodes]
"""
import glob
import json
import os
import re
import sys

import h5py
import numpy

# The types that torch.from_numpy takes in every version, and one that it takes since 2.3, for depths in millimetres.
TORCH_TYPES = {numpy.dtype(t) for t in ("bool", "uint8", "int16", "int32", "int64", "float16", "float32", "float64")}
LATE_TORCH_TYPES = {numpy.dtype("uint16")}
PICTURES = {"image", "depth", "range", "mm", "intensity", "seg", "semantic", "part", "normal", "flow"}
# Arrays with at least this many elements in a row are pictures.
LARGE_ROW = 1024


def require(condition, *words):
    if not condition:
        raise SystemExit("contract broken: " + " ".join(str(w) for w in words))


def leaves(group, prefix=""):
    """Yields (path, dataset) for every dataset below a group; a hard link under both of its names."""
    for name in group:
        link = group.get(name, getlink=True)
        require(isinstance(link, h5py.HardLink), prefix + name, "is no hard link")
        child = group[name]
        if isinstance(child, h5py.Group):
            yield from leaves(child, prefix + name + "/")
        else:
            yield prefix + name, child


def paths_of(demo):
    return {path for path, _ in leaves(demo)}


# Truth, which no robot measures, by the ends of names: it belongs to labels/.
TRUTH = ("_seg", "_semantic", "_part", "_normal", "_flow", "_pose", "_box_tight", "_keypoints")


def check_texts(name, path, array, units, frames, names):
    """Checks what the file says about an array: a unit for each column, names of columns, the frame of vectors."""
    unit, columns = units[path], names["columns"].get(path)
    require(isinstance(unit, str) or len(unit) == array.shape[-1], name, path, "has units", unit)
    require(" or " not in str(unit), name, path, "has no single unit", unit)
    require(columns is None or len(columns) == array.shape[-1], name, path, "has columns", columns)
    if columns and {"x", "y", "z"} <= set(columns):
        require(frames.get(path) in ("world", "camera"), name, path, "is in no frame")
        if frames[path] == "world" and "m" in unit:
            require(array.dtype == numpy.float64, name, path, "is a position in the world as", array.dtype)


def check_observations(name, demo):
    """Checks that obs/ holds nothing that a robot cannot measure, unless it is marked, and that next_obs/ follows it."""
    for group in ("obs", "next_obs", "final_obs"):
        for key, array in demo.get(group, {}).items():
            of_root = re.search(r"_root_(pos|quat|vel)$", key) is not None
            require(array.attrs.get("privileged", False) == of_root, name, group, key, "privileged")
            require(of_root or not key.endswith(TRUTH), name, group, key, "is no measurement")
    for key, array in demo.get("next_obs", {}).items():
        expected = numpy.concatenate([demo["obs"][key][1:], demo["final_obs"][key][()]])
        require((array[()] == expected).all(), name, "next_obs", key)
    if "next_obs" in demo:
        require(set(demo["next_obs"]) == set(demo["obs"]), name, "next_obs lacks an observation")


def is_large_picture(path, array):
    group, key = path.split("/")[0], path.split("/")[-1]
    return group in ("obs", "next_obs", "final_obs", "labels") and key.split("_")[-1] in PICTURES and \
        numpy.prod(array.shape[1:]) >= LARGE_ROW


def check_episode(name, demo, units, frames, names):
    steps = demo.attrs["num_samples"]
    require(steps >= 1, name, "is empty")
    for attribute, kind in {"seed": numpy.integer, "episode_index": numpy.integer, "success": numpy.bool_,
                            "termination_reason": str, "content_xxh3": str, "status": numpy.integer,
                            "dropped_contacts": numpy.integer}.items():
        require(isinstance(demo.attrs[attribute], kind), name, attribute, "is", type(demo.attrs[attribute]))
    arrays = dict(leaves(demo))
    for path, array in arrays.items():
        where = name + "/" + path
        millimetres = re.search(r"_(depth|range)(_mm)?$", path)
        require(array.dtype in TORCH_TYPES or (millimetres and array.dtype in LATE_TORCH_TYPES), where, "has type",
                array.dtype)
        require(path in units, where, "has no unit")
        check_texts(name, path, array, units, frames, names)
        if is_large_picture(path, array):
            require(array.chunks == (1,) + array.shape[1:], where, "has chunks", array.chunks)
            require(array.compression == "gzip", where, "is not compressed by a standard filter")
            require(array.shuffle == (array.dtype in ("float32", "uint16")), where, "shuffled or not")
        else:
            # Arrays without elements are chunked, because h5repack does not copy them otherwise.
            require((array.chunks is None) == (array.size > 0) and array.compression is None, where, "has chunks",
                    array.chunks)
        values = array[()]
        if values.dtype.kind == "f":
            require(numpy.isfinite(values).all(), where, "is not finite")
            require(not (numpy.signbit(values) & (values == 0)).any(), where, "holds -0")
        top = path.split("/")[0]
        if top in ("final_obs", "initial_state"):
            require(array.shape[0] == 1, where, array.shape)
        elif path.endswith("_column_time"):
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
    check_observations(name, demo)
    for key in demo.get("obs", ()):
        require(key in demo["final_obs"], name, "final_obs lacks", key)
        require(demo["obs"][key].dtype == demo["final_obs"][key].dtype, name, "final_obs has another type of", key)
        require(demo["obs"][key].shape[1:] == demo["final_obs"][key].shape[1:], name, "final_obs has another shape of",
                key)
        if key.endswith("root_quat"):
            require(abs(numpy.linalg.norm(demo["obs"][key][()], axis=1) - 1).max() < 1e-4, name, key)
    check_states(name, demo)
    check_contacts(name, demo, names)
    for camera, description in names.get("cameras", {}).items():
        if demo.attrs["episode_index"] % description["episodes_every"]:
            require(not [path for path in arrays if path.split("/")[-1].startswith(camera + "_")], name, camera,
                    "was not to look")
        else:
            check_camera(name, demo, camera, description, names)
    if "box_3d" in demo["labels"]:
        boxes = demo["labels/box_3d"][()]
        require(boxes.shape == (steps, len(names["instances"]) - 1, 10), name, "box_3d", boxes.shape)
        require((boxes[:, :, 3:6] >= 0).all(), name, "box_3d has a negative extent")
        there = boxes.any(axis=2)
        require(abs(numpy.linalg.norm(boxes[there][:, 6:], axis=1) - 1).max(initial=0) < 1e-4, name, "box_3d")
    return steps


def check_states(name, demo):
    """Checks that Isaac Lab's tree agrees with the observations, row by row, and begins with the initial state."""
    for entity, state in demo["states/articulation"].items():
        initial = demo["initial_state/articulation"][entity]
        for key, array in state.items():
            require((array[0] == initial[key][0]).all(), name, entity, key, "does not start with the initial state")
        require({"root_pose", "root_velocity"} <= set(state), name, entity, "has no state of its root")
        if f"{entity}_root_pos" in demo["obs"]:
            pose = state["root_pose"][()]
            require((pose[:, :3] == demo[f"obs/{entity}_root_pos"][()]).all(), name, entity, "root_pos")
            require((pose[:, 3:] == demo[f"obs/{entity}_root_quat"][()]).all(), name, entity, "root_quat")


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


def matrix(quaternion):
    """Returns the rotation matrix of a quaternion x y z w."""
    x, y, z, w = quaternion.astype(float)
    return numpy.array([[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]])


def check_camera(name, demo, camera, description, names):
    """Checks the pictures of one camera and their description."""
    labels, steps = demo["labels"], demo.attrs["num_samples"]
    seen = list(demo.get("obs", {}).items()) + list(labels.items())
    name = name + "/" + camera
    beams = description["projection"] == "beams"
    size = (steps, description["height"], description["width"])
    pictures = {key[len(camera) + 1:]: array for key, array in seen
                if key.startswith(camera + "_") and key[len(camera) + 1:].replace("_mm", "") in PICTURES}
    require(pictures or any(key.startswith(camera + "_") for key in labels), name, "recorded nothing")
    for kind, array in pictures.items():
        channels = {"image": 3, "normal": 3, "flow": 2}.get(kind, 1)
        require(array.shape == (size if beams and channels == 1 else size + (channels,)), name, kind, array.shape)
    for kind, table in (("seg", "instances"), ("semantic", "semantic_classes"), ("part", "parts")):
        if kind in pictures:
            ids = pictures[kind][()]
            require(((ids >= 0) & (ids < len(names[table]))).all(), name, kind, "holds ids without a name")
    if "seg" in pictures and "semantic" in pictures:
        classes = numpy.array(names["instance_semantic"])[pictures["seg"][()]]
        objects = pictures["seg"][()] > 0
        require((classes[objects] == pictures["semantic"][()][objects]).all(), name, "semantic")
    for kind, unit in (("depth", "float32"), ("depth_mm", "uint16"), ("range", "float32"), ("range_mm", "uint16")):
        require(kind not in pictures or pictures[kind].dtype == unit, name, kind)
    if "depth" in pictures:
        depth = pictures["depth"][()]
        seen = depth[depth != 0]
        require((seen >= description["near"]).all() and (seen <= description["far"]).all(), name, "depth")
        if "normal" in pictures:
            length = numpy.linalg.norm(pictures["normal"][()], axis=3)
            require(abs(length[depth[..., 0] != 0] - 1).max(initial=0) < 1e-4, name, "normal")
            require((length[depth[..., 0] == 0] == 0).all(), name, "normal")
    pose = labels[camera + "_pose"][()]
    require(pose.shape == (steps, 7) and abs(numpy.linalg.norm(pose[:, 3:], axis=1) - 1).max() < 1e-4, name, "pose")
    if not beams:
        check_camera_info(name, demo, camera, pose[0], labels[camera + "_intrinsics"][0])
    if description["every"] > 1:
        taken = labels[camera + "_frame_step"][()]
        require((taken == numpy.arange(steps) // description["every"] * description["every"]).all(), name, "frame_step")
        for array in list(pictures.values()) + [labels[camera + "_pose"]]:
            require((array[()] == array[()][taken]).all(), name, "a row shows another frame than frame_step says")
    else:
        require(camera + "_frame_step" not in labels, name, "frame_step")
    if camera + "_box_tight" in labels:
        check_boxes(name, labels, camera, pictures.get("seg"), size, description["every"])


def check_camera_info(name, demo, camera, pose, intrinsics):
    info = json.loads(demo.attrs["camera_info"])[camera]
    fx, fy, cx, cy = intrinsics
    require(numpy.allclose(info["intrinsics"], [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), name, "intrinsics")
    extrinsics = numpy.eye(4)
    extrinsics[:3, :3], extrinsics[:3, 3] = matrix(pose[3:]), pose[:3]
    require(numpy.allclose(info["extrinsics"], extrinsics, atol=1e-5), name, "extrinsics")


def check_boxes(name, labels, camera, ids, size, every):
    tight, loose, visible, covered, fraction = (
        labels[f"{camera}_{kind}"][()]
        for kind in ("box_tight", "box_loose", "visible_pixels", "covered_pixels", "visible_fraction"))
    steps, height, width = size
    instances = tight.shape[1]
    for boxes, count in ((tight, visible), (loose, covered)):
        require(boxes.shape == (steps, instances, 4) and count.shape == (steps, instances), name, boxes.shape)
        require((boxes >= 0).all() and (boxes <= [width, height, width, height]).all(), name, "boxes")
        require(((boxes[..., 2:] > boxes[..., :2]).all(axis=2) == (count > 0)).all(), name, "boxes")
    inside = (tight[..., :2] >= loose[..., :2]).all(axis=2) & (tight[..., 2:] <= loose[..., 2:]).all(axis=2)
    require((inside | (visible == 0)).all() and (visible <= covered).all(), name, "tight boxes")
    expected = numpy.divide(visible, covered, out=numpy.zeros(visible.shape), where=covered > 0)
    require(numpy.allclose(fraction, expected), name, "visible_fraction")
    for t in range(0, steps, every) if ids is not None else ():
        picture = ids[t].reshape(height, width)
        for i in range(instances):
            rows, columns = numpy.nonzero(picture == i + 1)
            require(len(rows) == visible[t, i], name, t, i, "visible_pixels")
            if len(rows):
                box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
                require((tight[t, i] == box).all(), name, t, i, "box_tight")


def check_file(path, first):
    with h5py.File(path, "r", swmr=True, libver="latest") as file:  # as robomimic opens it
        require(file.attrs["format_version"] == 2, path, "format_version")
        for attribute in ("schema", "generator", "config_yaml", "config_xxh3", "seed", "conventions_json"):
            require(isinstance(file.attrs[attribute], str) and file.attrs[attribute], path, attribute)
        units, names = json.loads(file.attrs["units_json"]), json.loads(file.attrs["names_json"])
        frames, conventions = json.loads(file.attrs["frames_json"]), json.loads(file.attrs["conventions_json"])
        for attribute in ("status", "dropped_contacts", "<entity>_fall_time", "<entity>_first_nonfoot_contact_time"):
            require(conventions["@" + attribute], path, attribute, "is not explained")
        environment = json.loads(file["data"].attrs["env_args"])
        require({"env_name", "type", "env_kwargs"} <= set(environment), path, "env_args")
        episodes = len(file["data"])
        require(set(file["data"]) == {f"demo_{i}" for i in range(episodes)}, path, "names of episodes")
        require(set(file) == {"data", "mask"}, path, "holds more than data and mask")
        total = 0
        for i in range(episodes):
            demo = file[f"data/demo_{i}"]
            require(demo.attrs["episode_index"] == first + i, path, i, "episode_index")
            total += check_episode(f"{path}:demo_{i}", demo, units, frames, names)
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
