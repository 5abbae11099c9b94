"""Thirty cases reviewed in the window with learning in between: is the model more right before correction at the end?

    python tests/benchmarks/review_session.py [--data DIR] [--first 6] [--minutes 4] [--bad] [--picture FILE] [--json]

DIR holds `images/` and `labels/` of the Medical Segmentation Decathlon's hippocampus task. A model learns from four
labelled scans, which it sees for the minutes of --first; eight more patients are kept apart to judge on. Then thirty
scans are taken into the worklist, drawn by the model, and reviewed with the window's own commands and keys; what the
reader makes of each mask is what the expert drew. After every ten the model learns for --minutes from what was read,
and a person promotes the candidate where the gate advises to. With --bad the reader's masks lie three voxels off, and
the gate has to refuse.

FILE gets a picture of the window's monitoring page, and one beside it, "-candidate", of the last candidate's page.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from segstudio.desktop.window import Window
    from segstudio.library import Job
    from segstudio.viewer.models.window import ModelsWindow

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.at_window import AtWindow, choose, save

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "hippocampus"
NAME, READER = "hippo", "expert"
LABELLED, KEPT_APART, CASES, BLOCK = 4, 8, 30, 10

SHIFT = 3
"""Voxels along y and x by which bad masks lie off."""

TELL_S = 20.0
"""From one word on a job to the next."""


@dataclass(frozen=True)
class Plan:
    """What is read, and how.

    Parameters
    ----------
    data
        Folder with `images/` and `labels/`.
    names
        Files in both: those of the first model, and then the cases.
    first, minutes
        That the first version learns for, and each fine-tuning.
    order
        Of the worklist: "random" or "benefit".
    bad
        Whether the reader's masks lie off.
    picture
        Where the picture of monitoring goes; None for none.
    """

    data: Path
    names: tuple[str, ...]
    first: float = 6.0
    minutes: float = 4.0
    order: str = "random"
    seed: int = 0
    bad: bool = False
    picture: Path | None = None


@dataclass(frozen=True)
class Told:
    """What came of a session.

    Parameters
    ----------
    dice
        Before correction, of each case in the order of reading.
    first
        Of what the first version had drawn of the same cases: how hard they are, whoever learns.
    verdicts
        The gate's words on each candidate, and whether it was promoted.
    """

    dice: tuple[float, ...]
    first: tuple[float, ...]
    verdicts: tuple[str, ...]
    promoted: tuple[bool, ...]
    drift: tuple[str, ...]


def main() -> None:
    """Hold the session and print what came of it."""
    it = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    it.add_argument("--data", type=Path, default=DATA)
    it.add_argument("--first", type=float, default=6.0, help="minutes that the first version learns for")
    it.add_argument("--minutes", type=float, default=4.0, help="of each fine-tuning")
    it.add_argument("--order", choices=("random", "benefit"), default="random")
    it.add_argument("--seed", type=int, default=0)
    it.add_argument("--bad", action="store_true", help="masks that lie three voxels off")
    it.add_argument("--picture", type=Path, help="a file for the picture of the curve")
    it.add_argument("--json", action="store_true")
    args = it.parse_args()
    if not (args.data / "images").is_dir():
        sys.exit(f"error: there are no scans in {args.data}\nhint: give the folder with --data")
    names = drawn(args.data, args.seed)
    plan = Plan(args.data, names, args.first, args.minutes, args.order, args.seed, args.bad, args.picture)
    from segstudio.desktop.screen import screen

    with screen(), tempfile.TemporaryDirectory(prefix="segstudio-session-") as folder:
        os.environ["SEGSTUDIO_HOME"] = folder
        told = hold(plan, Path(folder) / "library")
    report(told, as_json=args.json)


def drawn(data: Path, seed: int) -> tuple[str, ...]:
    """Names of the scans that take part, in an order that a seed draws."""
    names = sorted(path.name for path in (data / "images").iterdir())
    order = np.random.default_rng(seed).permutation(len(names))
    return tuple(names[at] for at in order[: LABELLED + KEPT_APART + CASES])


def by_ten(dice: tuple[float, ...]) -> list[float]:
    """Mean of each block of cases."""
    return [round(float(np.mean(dice[start : start + BLOCK])), 4) for start in range(0, len(dice), BLOCK)]


def report(told: Told, *, as_json: bool) -> None:
    """Print what came of it."""
    for line in told.verdicts:
        print(line)
    for what, dice in (("", told.dice), (" if nothing were learned", told.first)):
        print(f"mean Dice before correction{what}, by tens: {', '.join(f'{mean:.3f}' for mean in by_ten(dice))}")
    if as_json:
        print(json.dumps({"dice_by_ten": by_ten(told.dice), "first_by_ten": by_ten(told.first), **asdict(told)}))


def hold(plan: Plan, library: Path) -> Told:
    """The whole session on a new library, in a window of its own."""
    from segstudio import settings
    from segstudio.desktop.qt import application
    from segstudio.desktop.window import Window
    from segstudio.studio import Studio

    app = application()
    settings.change(reader=READER, minutes=plan.minutes)
    studio = Studio.open(library, device="cpu")
    window = Window(studio)
    window.remembered.keep_flag("understood")
    window.remembered.keep_flag("keeps")
    window.show()
    window.start()
    try:
        return Reader(window, plan).hold()
    finally:
        window.close()
        app.processEvents()


class Reader(AtWindow):
    """The expert, who does everything with the window's commands, buttons and keys."""

    def __init__(self, window: Window, plan: Plan) -> None:
        super().__init__(window)
        self.plan, self.studio = plan, window.studio
        self.names: dict[int, str] = {}
        self.read: list[int] = []

    def hold(self) -> Told:
        """A first model, cases, and blocks of reading and learning."""
        self.make_model()
        self.take_in()
        verdicts, promoted = [], []
        while len(self.read) < len(self.names):
            self.have_drawn()
            self.review()
            label = self.learn()
            said, yes = self.judge(label)
            verdicts.append(f"{label}: {'promoted' if yes else 'refused'}: {said}")
            promoted.append(yes)
            self.tell(f"{len(self.read)} cases read; {verdicts[-1]}")
        return self.told(verdicts, promoted)

    def make_model(self) -> None:
        """A first model from very little, and patients to judge on."""
        from segstudio.imaging import classes_named
        from segstudio.studio import Pair

        data, names = self.plan.data, self.plan.names[: LABELLED + KEPT_APART]
        job = self.studio.train(
            [Pair(data / "images" / name, data / "labels" / name) for name in names],
            name=NAME,
            classes=classes_named([(1, "Anterior"), (2, "Posterior")]),
            minutes=self.plan.first,
            holdout=KEPT_APART / len(names),
            seed=self.plan.seed,
            modality="MR",
            reader=READER,
        )
        self.job_done(job.id)
        choice = self.window.column.model.choice
        self.until(lambda: choice.findData(f"{NAME}@1") >= 0, "the first version in the list of models")
        choice.setCurrentIndex(choice.findData(f"{NAME}@1"))
        choice.activated.emit(choice.currentIndex())

    def take_in(self) -> None:
        """Scans as new cases of the worklist, as if they were dropped on it."""
        from segstudio.library import Query

        names = self.plan.names[LABELLED + KEPT_APART :]
        self.window.cases.add([self.plan.data / "images" / name for name in names])
        self.job_done(max(job.id for job in self.studio.jobs()))
        cases = self.studio.worklist.ids(Query(status=("new",)))
        self.names = dict(zip(cases, names, strict=True))

    def have_drawn(self) -> None:
        """Let the version in use draw all cases that nobody has read."""
        model = self.studio.library.model(NAME).label
        unread = [case for case in self.names if case not in self.read]
        self.until(lambda: self.window.session.model == model, f"{model} chosen in the window")
        if self.studio.library.without_prediction(model, unread):
            self.window.worklist.list.clearSelection()
            self.window.worklist.draw.click()
            self.job_done(max(job.id for job in self.studio.jobs()))
            self.tell(f"{model} has drawn {len(unread)} cases")

    # Reviewing

    def review(self) -> None:
        """Sit down with what is predicted, in the order of the plan, and read a block of it."""
        worklist, reviewing = self.window.worklist, self.window.reviewing
        random.seed(self.plan.seed)  # the window draws a random order by chance
        choose(worklist.filter, ("predicted",))
        choose(worklist.order, self.plan.order)
        worklist.refresh()
        worklist.begin.click()
        for place in range(min(BLOCK, len(self.names) - len(self.read))):
            self.until(lambda place=place: self.is_open(place), f"case {place + 1} of the review")
            self.correct(reviewing.sitting.cases[place])
        if reviewing.sitting is not None:
            self.until(lambda: self.is_open(BLOCK), "the next case of the review")
            self.window.actions_by_name["end_review"].trigger()
        self.until(lambda: self.statuses()["in review"] == 0, "the review to be over")

    def is_open(self, place: int) -> bool:
        """Whether a case of the list is on the screen, and looked over."""
        reviewing, case = self.window.reviewing, self.window.reviewing.case
        known = case is not None and case.read is not None and case.findings is not None
        return known and reviewing.place == place and self.window.session.work is None

    def correct(self, case: int) -> None:
        """Fix a case: what the expert drew in the place of the model's mask, as one step; then accept it."""
        from qtpy.QtCore import Qt

        from segstudio.viewer.masks import load_mask

        window, session = self.window, self.window.session
        self.press(Qt.Key.Key_F)
        load_mask(session, self.labels_of(case))
        self.until(lambda: session.work is None, "the mask to be put in")
        for offered in (each for said in self.heard for each in said.actions if each.text == "Use these names"):
            offered.run()  # the file has numbers alone
        self.heard.clear()
        self.press(Qt.Key.Key_A)
        self.until(lambda: window.session.case != case or self.asked(), f"a word on case {case}")
        if window.session.case == case:
            self.overrule()
        self.until(lambda: case not in self.open_cases(), f"the verdict on case {case}")
        self.read.append(case)

    def asked(self) -> bool:
        """Whether the window has a doubt that waits for an answer; ends the session where something went wrong."""
        wrong = [each for each in self.heard if each.tone == "error"]
        if wrong:
            sys.exit(f"error: {wrong[0].text} {wrong[0].hint}")
        return bool(self.window.review_bar.strip.isVisible())

    def overrule(self) -> None:
        """Say that the expert is right all the same, with the first of the usual reasons."""
        from qtpy.QtWidgets import QApplication

        self.window.review_bar.strip.anyway.click()
        self.until(lambda: QApplication.activePopupWidget() is not None, "the question for a reason")
        menu = QApplication.activePopupWidget()
        reason = next(each for each in menu.actions() if each.text())
        menu.close()
        reason.trigger()

    def labels_of(self, case: int) -> Path:
        """The expert's mask of a case, as a file; or one that lies beside it."""
        from segstudio.imaging import LabelMap, read_labels, write_labels

        path = self.plan.data / "labels" / self.names[case]
        if not self.plan.bad:
            return path
        mask = read_labels(path)
        off = LabelMap(np.roll(mask.labels, (SHIFT, SHIFT), (1, 2)), mask.geometry, mask.classes)
        shifted = self.studio.library.folder.parent / self.names[case]
        write_labels(off, shifted)
        return shifted

    def open_cases(self) -> list[int]:
        """Cases that are in review."""
        from segstudio.library import Query

        return self.studio.worklist.ids(Query(status=("in review",)))

    # Learning

    def learn(self) -> str:
        """Have the model learn by the button of its window; the candidate that comes of it."""
        page = self.models("jobs").pages["jobs"]
        self.until(page.now.isEnabled, "something to learn from")
        page.now.click()
        job = max(job.id for job in self.studio.jobs())
        return self.job_done(job).result

    def judge(self, label: str) -> tuple[str, bool]:
        """Look at a candidate, and promote it where the gate advises to: what is said of it, and whether it was."""
        shown = self.models("compare")
        page = shown.pages["compare"]
        page.label = label
        shown.redraw()
        self.until(lambda: page.said.text() != "", "the comparison")
        if self.plan.picture is not None:
            self.wait(300)
            save(shown, self.plan.picture.with_stem(f"{self.plan.picture.stem}-candidate"))
        said, advised = page.said.text(), page.up.objectName() == "primary"
        if advised:
            page.up.click()
            self.until(lambda: self.studio.library.model(NAME).label == label, f"{label} in use")
        shown.close()
        self.wait(100)
        return said, advised

    def told(self, verdicts: list[str], promoted: list[bool]) -> Told:
        """The session in figures, and its picture."""
        shown = self.models("watch")
        if self.plan.picture is not None:
            self.wait(300)
            save(shown, self.plan.picture)
        shown.close()
        dice: dict[int, list[float]] = {}
        for each in self.studio.versions.monitor(NAME):
            dice.setdefault(each.case_id, []).append(each.dice)
        means = tuple(float(np.mean(dice[case])) for case in self.read)
        first = tuple(map(self.dice_of_first, self.read))
        return Told(means, first, tuple(verdicts), tuple(promoted), tuple(self.studio.versions.drift(NAME)))

    def dice_of_first(self, case: int) -> float:
        """Mean Dice over the classes of what the first version drew of a case, against what the reader made of it."""
        from segstudio.measure import compare

        library = self.studio.library
        drawn = library.prediction(case, f"{NAME}@1")
        assert drawn is not None
        read = library.mask(library.corrections(case=case)[-1])
        scores = compare(drawn.labels.labels, read.labels, read.geometry, [1, 2])
        return float(np.mean([each.dice for each in scores.values() if each.dice is not None]))

    def models(self, page: str) -> ModelsWindow:
        """The window of the models, at a page, about the model that learns."""
        from segstudio.viewer.models.window import ModelsWindow

        self.window.actions_by_name[f"models_{page}"].trigger()
        shown = next(each for each in self.window.findChildren(ModelsWindow) if each.isVisible())
        shown.subject.choose(NAME)
        return shown

    # Waiting

    def job_done(self, number: int) -> Job:
        """Wait for a job of the queue, as long as it takes; tell how far it is."""
        last = time.monotonic()
        while (job := self.studio.library.job(number)).state != "done":
            if job.state not in ("queued", "running", "interrupted"):
                sys.exit(f"error: the job {job.kind} is {job.state}: {job.error} {job.hint}")
            if time.monotonic() - last > TELL_S:
                last = time.monotonic()
                self.tell(f"{job.kind}: {100 * job.done:.0f} % {job.what}")
            self.wait(100)
        return job

    def statuses(self) -> dict[str, int]:
        """How many cases there are of each status."""
        return dict(self.studio.worklist.statuses())


if __name__ == "__main__":
    main()
