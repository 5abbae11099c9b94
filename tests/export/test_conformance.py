"""Written DICOM files keep to the standard, by the tables that highdicom ships and by the tools of others."""

import json
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pydicom
import pytest

from segstudio.export.formats import FORMATS, format_named
from segstudio.imaging import LabelMap, read_volume
from tests.export.conftest import BY_MODEL, CLASSES, mask_on
from tests.export.series import save_enhanced, save_series, turned

DICOM = [each.name for each in FORMATS if each.refers]
TABLES = files("highdicom") / "_standard"


@pytest.fixture(scope="module", params=["CT", "MR oblique", "enhanced MR"])
def exported(request, tmp_path_factory):
    """Every DICOM format of one mask, by name."""
    folder = tmp_path_factory.mktemp("series")
    series = {
        "CT": lambda: save_series(folder / "s", backwards=True),
        "MR oblique": lambda: save_series(folder / "s", rows_columns=turned(25, (1, 2, 3)), modality="MR"),
        "enhanced MR": lambda: save_enhanced(folder / "s"),
    }
    scan = read_volume(series[request.param]())
    return {
        name: format_named(name).write(mask_on(scan), scan, folder / f"{name}.dcm", author=BY_MODEL).paths[0]
        for name in DICOM
    }


def modules_of(sop_class):
    """Attributes of type 1 and 2 at the top level of the modules that are mandatory, by keyword."""
    iod = json.loads((TABLES / "sop_class_iod_map.json").read_text())[sop_class]
    modules = json.loads((TABLES / "iod_module_map.json").read_text())[iod]
    attributes = json.loads((TABLES / "module_attribute_map.json").read_text())
    found = {}
    for module in modules:
        if module["usage"] == "M":
            found |= {each["keyword"]: each["type"] for each in attributes[module["key"]] if not each["path"]}
    return {keyword: kind for keyword, kind in found.items() if kind in ("1", "2")}


@pytest.mark.parametrize("name", DICOM)
def test_everything_is_there_that_the_standard_demands(exported, name):
    data = pydicom.dcmread(exported[name])
    for keyword, kind in modules_of(data.SOPClassUID).items():
        assert keyword in data, f"{keyword} is missing"
        assert kind == "2" or data[keyword].value not in (None, "", []), f"{keyword} is empty"


def run(*command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, timeout=120)


@pytest.mark.parametrize("name", [name for name in DICOM if name != "seg-labelmap"])  # dciodvfy does not know it yet
def test_dciodvfy_finds_no_error(exported, name):
    done = run("dciodvfy", "-new", str(exported[name]))
    lines = [line for line in (done.stdout + done.stderr).decode(errors="replace").splitlines() if "Error" in line]
    assert lines == []


@pytest.mark.parametrize("name", DICOM)
@pytest.mark.parametrize("tool", ["dcmdump", "dcm2json", "dcm2xml"])
def test_the_tools_of_dcmtk_read_it_to_the_end(exported, name, tool):
    done = run(tool, str(exported[name]))
    assert done.returncode == 0, done.stderr[-500:]
    assert b"E: " not in done.stderr


@pytest.mark.parametrize("name", DICOM)
def test_pydicom_finds_nothing_wrong_with_any_value(exported, name):
    strict = pydicom.config.settings.reading_validation_mode
    pydicom.config.settings.reading_validation_mode = pydicom.config.RAISE
    try:
        pydicom.dcmread(exported[name]).walk(lambda _data, element: element.value)
    finally:
        pydicom.config.settings.reading_validation_mode = strict


@pytest.mark.slow
def test_real_series_take_masks_and_give_them_back(shared_data, tmp_path):
    folders = (
        "siemens/anatomical/001",
        "philips/anatomical/001",
        "hyperfine/anatomical/001",
        "philips_enhanced/dti/001",
    )
    there = [shared_data / "dicom" / "dicom2nifti" / name for name in folders]
    for at, folder in enumerate(folder for folder in there if folder.is_dir()):
        scan = read_volume(folder)
        z, y, x = np.indices(scan.geometry.shape)
        parts = np.where((y // 9 + x // 13) % 3 == 1, 2, 0) + np.where((y % 17 < 5) & (x > y), 5, 0)
        labels = np.where((parts == 7) & (z > 0), 7, np.where(parts == 2, 2, 0)).astype(np.uint8)
        mask = LabelMap(labels, scan.geometry, CLASSES)
        for name in ("seg", "seg-labelmap", "rtstruct"):
            done = format_named(name).write(mask, scan, tmp_path / f"{at}{name}.dcm", author=BY_MODEL)
            assert "Read back" in done.checks[0]
