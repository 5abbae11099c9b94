"""Thirty cases reviewed with learning in between: is the model more right before correction as the session goes on?

    python tests/benchmarks/review_session.py [--data DIR] [--minutes 2] [--order random] [--bad] [--json]

DIR holds `images/` and `labels/` of the Medical Segmentation Decathlon's hippocampus task. A model learns from four
labelled scans for a minute; eight more patients are kept apart to judge on. Then thirty scans are taken in, and for
each the expert's labels are what the reader makes of the model's mask. After every ten the model learns from what was
read, and a person promotes the candidate where the gate advises to. With --bad the reader's masks lie three voxels off,
and the gate has to refuse.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from segstudio.imaging import LabelMap, classes_named, read_labels
from segstudio.library import Job, Query
from segstudio.studio import Pair, Studio

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "hippocampus"
CLASSES = classes_named([(1, "Anterior"), (2, "Posterior")])
NAME, READER = "hippo", "expert"
LABELLED, KEPT_APART, CASES, BLOCK = 4, 8, 30, 10
SHIFT = 3


def main() -> None:
    """Hold the session and print what came of it."""
    it = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    it.add_argument("--data", type=Path, default=DATA)
    it.add_argument("--minutes", type=float, default=2.0, help="of each fine-tuning")
    it.add_argument("--order", choices=("random", "benefit"), default="random")
    it.add_argument("--seed", type=int, default=0)
    it.add_argument("--bad", action="store_true", help="masks that lie three voxels off")
    it.add_argument("--json", action="store_true")
    args = it.parse_args()
    if not (args.data / "images").is_dir():
        sys.exit(f"error: there are no scans in {args.data}\nhint: give the folder with --data")
    names = sorted(path.name for path in (args.data / "images").iterdir())
    order = [names[at] for at in np.random.default_rng(args.seed).permutation(len(names))]
    with tempfile.TemporaryDirectory() as folder, Studio.open(Path(folder), device="cpu") as studio:
        begin(studio, args.data, order[: LABELLED + KEPT_APART], args.seed)
        told = hold(studio, args, order[LABELLED + KEPT_APART :][:CASES])
    for line in told["verdicts"]:
        print(line)
    print(f"mean Dice before correction, by tens: {', '.join(f'{mean:.3f}' for mean in told['dice_by_ten'])}")
    if args.json:
        print(json.dumps(told))


def begin(studio: Studio, data: Path, names: list[str], seed: int) -> None:
    """A first model from very little, and patients to judge on."""
    pairs = [Pair(data / "images" / name, data / "labels" / name) for name in names]
    part = KEPT_APART / (LABELLED + KEPT_APART)
    studio.train(pairs, name=NAME, classes=CLASSES, minutes=1.0, holdout=part, seed=seed, modality="MR", reader=READER)
    run(studio)


def hold(studio: Studio, args: argparse.Namespace, names: list[str]) -> dict[str, object]:
    """Read all cases in blocks, learning in between; what came of it."""
    cases = take_in(studio, args.data, names)
    verdicts, read = [], 0
    while read < len(cases):
        unread = studio.worklist.ids(Query(status=("new", "predicted")))
        if studio.library.without_prediction(studio.library.model(NAME).label, unread):
            studio.worklist.predict(NAME, unread)
            run(studio)
        query = Query(status=("predicted",), order=args.order, seed=args.seed)
        sitting = studio.reviews.begin_sitting(READER, query)
        for case in sitting.cases[:BLOCK]:
            correct(studio, case, args.data / "labels" / cases[case], sitting.id, bad=args.bad)
            read += 1
        verdicts.append(learn(studio, args.minutes))
        print(f"{read} cases read; {verdicts[-1]}", flush=True)
    return told(studio, verdicts)


def take_in(studio: Studio, data: Path, names: list[str]) -> dict[int, str]:
    """Scans as new cases, in the order in which they are named: number and file name."""
    studio.worklist.add([data / "images" / name for name in names], modality="MR")
    run(studio)
    return dict(zip(studio.worklist.ids(Query(status=("new",))), names, strict=True))


def correct(studio: Studio, case: int, labels: Path, sitting: int, *, bad: bool) -> None:
    """What a reader does who always draws what the expert drew, or beside it."""
    read = studio.reviews.begin(case, READER, sitting=sitting)
    mask = read_labels(labels, classes=CLASSES)
    if bad:
        mask = LabelMap(np.roll(mask.labels, (SHIFT, SHIFT), (1, 2)), mask.geometry, CLASSES)
    studio.reviews.fix(read.id, mask, seconds=1.0)


def learn(studio: Studio, minutes: float) -> str:
    """Fine-tune; promote what the gate advises to. Returns what the gate said."""
    studio.queue.train(NAME, minutes=minutes)
    job = run(studio)
    verdict = studio.library.model(job.result).verdict
    assert verdict is not None
    if verdict.promote:
        studio.promote(job.result, person=READER)
    return f"{job.result}: {'promoted' if verdict.promote else 'refused'}: {verdict.reason}"


def told(studio: Studio, verdicts: list[str]) -> dict[str, object]:
    """The session in figures."""
    dice: dict[int, list[float]] = {}
    for each in studio.versions.monitor(NAME):
        dice.setdefault(each.case_id, []).append(each.dice)
    means = [float(np.mean(each)) for each in dice.values()]
    tens = [float(np.mean(means[start : start + BLOCK])) for start in range(0, len(means), BLOCK)]
    return {"dice_by_ten": tens, "dice": means, "verdicts": verdicts, "drift": studio.versions.drift(NAME)}


def run(studio: Studio) -> Job:
    """Run what waits; returns the job that ended last."""
    ended = studio.worker.run_pending()
    assert all(job.state == "done" for job in ended), [job.error for job in ended]
    return ended[-1]


if __name__ == "__main__":
    main()
