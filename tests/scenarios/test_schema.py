"""Tests that the JSON Schema that the command prints agrees with the reader: every shipped scenario and every canonical
form is valid, and a scenario with a mistake that a schema can describe is not. Skipped if jsonschema or yaml is not
installed."""
import glob
import json
import os
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    sys.exit(77)

command = os.environ.get("MYRIAD", "build/release/myriad")
source = os.environ.get("MYRIAD_SOURCE", ".")
if not os.path.exists(command):
    sys.exit(77)

schema = json.loads(subprocess.run([command, "schema"], check=True, capture_output=True).stdout)
jsonschema.Draft7Validator.check_schema(schema)
validator = jsonschema.Draft7Validator(schema)


def load(path):
    with open(path, encoding="utf-8") as stream:
        return yaml.safe_load(stream)


shipped = sorted(glob.glob(os.path.join(source, "scenarios", "*.yaml")))
assert len(shipped) >= 3
for path in shipped:
    errors = [error.message for error in validator.iter_errors(load(path))]
    assert not errors, (path, errors)

refused = ["unknown_key", "unknown_key_nested", "missing_version", "version_2", "wrong_type_list", "record_word",
           "distribution_unknown", "distribution_two", "uniform_three", "cone_number", "gravity_two",
           "episodes_zero", "randomize_per_word", "event_missing", "name_spaces", "number_is_text",
           "camera_size_one", "camera_outputs_word", "sensor_type", "sensor_type_missing", "prop_shape",
           "material_mapping", "color_uniform_three", "fog_density"]
for name in refused:
    path = os.path.join(source, "tests", "scenarios", "malformed", name + ".yaml")
    assert not validator.is_valid(load(path)), name
print(f"{len(shipped)} scenarios valid, {len(refused)} malformed ones refused")
