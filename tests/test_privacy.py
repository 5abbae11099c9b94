"""The whole loop on a patient's DICOM series, after which the patient is looked for in all that the program wrote."""

import gzip
import io
import json
import logging
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segstudio.imaging import LabelMap, read_volume, write_labels
from segstudio.studio import Pair, Studio
from tests.conftest import CLASSES
from tests.imaging.patients import FAMILY, NUMBER, SEEDS, picture, saved

HIDDEN = (*SEEDS, "ACC998877", "CTRAUM3X", "SN8812345", "3680043.8.498.7", "3680043.8.498.5")


@pytest.fixture
def series(tmp_path, ball_scan):
    """A ball as a hospital would send it, in a folder that is called by the patient's name and number."""
    volume, labels = ball_scan(0)
    folder = tmp_path / f"{FAMILY} {NUMBER}" / "CT"
    pixels = np.clip(volume.image[0] * 4, 0, 4095).astype(np.uint16)
    for number, plane in enumerate(pixels, start=1):
        data = picture(
            number=number, Rows=plane.shape[0], Columns=plane.shape[1], PixelSpacing=[1, 1], PixelData=plane.tobytes(),
            ImagePositionPatient=[0, 0, number], Modality="MR", RescaleIntercept=0,
        )  # fmt: skip
        saved(folder / f"{FAMILY}_{number}.dcm", data)
    scan = read_volume(folder)
    write_labels(LabelMap(labels.labels, scan.geometry, CLASSES), folder.parent / f"{FAMILY}.nii.gz")
    return folder


@pytest.fixture
def mask(series):
    return series.parent / f"{FAMILY}.nii.gz"


@pytest.fixture
def studio(tmp_path, monkeypatch, ball_spec):
    from segstudio.networks.weights import new_network, save_model

    monkeypatch.setattr("segstudio.paths.resources", lambda: tmp_path / "none")
    monkeypatch.setenv("SEGSTUDIO_HOME", str(tmp_path / "home"))
    (tmp_path / "ball").mkdir()
    save_model(tmp_path / "ball", replace(ball_spec, licence="CC0"), new_network(ball_spec))
    with Studio.open(tmp_path / "home" / "library", device="cpu") as studio:
        studio.import_model(tmp_path / "ball")
        yield studio


def contents(path: Path):
    """A file's bytes, and what is packed in it."""
    content = path.read_bytes()
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield name.encode() + packed.read(name)


def leaks(folder: Path, hidden=HIDDEN) -> list[str]:
    """Where something of the patient stands, in names or in files."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder)).casefold()
        found += [f"{name}: its name" for seed in hidden if seed.casefold() in name]
        if path.is_file():
            texts = [content.lower() for content in contents(path)]
            found += [f"{name}: {seed}" for seed in hidden if any(seed.lower().encode() in text for text in texts)]
    return found


@pytest.mark.slow
def test_nothing_of_the_patient_is_in_the_library_after_the_whole_loop(studio, series, mask, tmp_path):
    scan = studio.open_scan(series)
    came = []
    studio.predict(scan, "ball", done=came.append, failed=came.append)
    while not came:
        time.sleep(0.05)
    labels = LabelMap(read_volume(mask).voxels[0, 0].astype(np.uint8), scan.geometry, CLASSES)
    studio.submit(
        scan, labels, model="ball", patient=NUMBER, reader="Dr. M", predicted=came[0].labels.labels, minutes=0.01
    )
    studio.train([Pair(series, mask, NUMBER)], name="new", classes=CLASSES, minutes=0.01, holdout=0)
    ended = studio.worker.run_pending()
    assert {job.state for job in ended} <= {"done", "failed"}
    assert leaks(tmp_path / "home") == []


@pytest.mark.slow
def test_nothing_of_the_patient_is_in_the_library_after_a_scan_is_taken_into_the_worklist(studio, series, tmp_path):
    """Where scans come from is known to the job's own folder alone, until the library is opened again."""
    job = studio.worklist.add([series.parent])
    studio.worker.run_pending()
    assert studio.library.job(job.id).state == "done"
    studio.library.sweep()
    assert [leak for leak in leaks(tmp_path / "home") if not leak.startswith(f"library/work/job-{job.id}")] == []
    studio.close()
    with Studio.open(tmp_path / "home" / "library", device="cpu") as again:
        again.worker.start()
    assert leaks(tmp_path / "home") == []


@pytest.mark.slow
def test_what_goes_wrong_is_told_and_written_down_without_the_patient(studio, series, mask, tmp_path, caplog):
    """Damaged files and disks that refuse: their words quote names of files and values of headers."""
    with caplog.at_level(logging.DEBUG, logger="segstudio"):
        job = studio.train([Pair(series, mask, NUMBER)], name="new", classes=CLASSES, minutes=0.01, holdout=0)
        for image in (studio.library.folder / "images").iterdir():
            image.chmod(0o644)
            image.write_bytes(b"broken")
        studio.worker.run_pending()
    assert studio.library.job(job.id).state == "failed"
    assert leaks(tmp_path / "home") == []
    assert not [record for record in caplog.records if FAMILY in record.getMessage()]


def test_the_command_line_repeats_no_value_of_a_header(series, tmp_path):
    """Values of the wrong kind are what libraries like to quote."""
    for path in series.iterdir():
        content = path.read_bytes()
        path.write_bytes(content.replace(b"094Y", b"Zyx!").replace(b"19990314101500.000000", b"Zyxwinkel19990314abcd"))
    commands = [
        ("info", str(series), "--json"),
        ("convert", str(series), str(tmp_path / "scan.nii.gz")),
        ("dicom", "deidentify", str(series), str(tmp_path / "out"), "--json"),
    ]
    for words in commands:
        done = subprocess.run([sys.executable, "-m", "segstudio", *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        told = (done.stdout + done.stderr).replace(json.dumps(str(series))[1:-1], "").replace(str(series), "")
        assert not [seed for seed in SEEDS if seed in told], told
    assert leaks(tmp_path / "out") == []
