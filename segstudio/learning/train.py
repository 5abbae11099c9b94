"""Training and fine-tuning, by one function: a budget in minutes, resumable to the step."""

from __future__ import annotations

import copy
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor

from segstudio import __version__
from segstudio.errors import ModelError, Stopped
from segstudio.inference.device import Device, choose
from segstudio.learning.labelled import Example, Point
from segstudio.learning.loss import deep_loss
from segstudio.learning.maps import prepare_maps
from segstudio.learning.optimizer import optimizers
from segstudio.learning.partial import unfolded
from segstudio.learning.patches import Mixed, Patches, Source
from segstudio.learning.prepared import prepare_all
from segstudio.learning.recipe import Synthesis
from segstudio.learning.synthesis import Synthesised
from segstudio.networks import Lineage, ModelSpec
from segstudio.networks.unet import UNet
from segstudio.networks.weights import LoadedModel, new_network
from segstudio.progress import Progress, Stop, never, part, silent

WARM_UP = 0.03
"""Part of the budget in which the rate rises; then it falls as a cosine."""

DECAY = 0.998
"""Part of the average that stays at each step."""

BATCH_VOXELS = 512_000
"""As many patches as come to this, two at most, make a step."""

WATCHED = 5
"""How often during its training a model is shown to whoever watches."""

Watch = Callable[[LoadedModel, int, float], None]
"""Called with the model so far, the steps and the seconds that it took."""

CHECKPOINT_SECONDS = 30.0
POINT_SECONDS = 2.0
_CHECKPOINT = "checkpoint.pt"


def train(
    spec: ModelSpec,
    examples: Sequence[Example],
    *,
    folder: Path,
    minutes: float,
    seed: int,
    base: LoadedModel | None = None,
    synthesis: Synthesis | None = None,
    device: str = "auto",
    progress: Progress = silent,
    stop: Stop = never,
    report: Callable[[Point], None] = lambda _point: None,
    watch: Watch = lambda _model, _step, _seconds: None,
) -> LoadedModel:
    """Train a network for `minutes` and return the average of its weights over the last steps.

    Parameters
    ----------
    spec
        Of the model to be; its network and preprocessing are taken from here.
    examples
        Where some hold a prediction, half of the patches are drawn round voxels that a person changed. There may be
        none where scans are synthesised.
    folder
        Of this job alone; an interrupted job finds its prepared cases and its checkpoint there and goes on.
    base
        The version to start from; None starts from random weights.
    synthesis
        Label maps to synthesise scans from: the only source of patches, or every other one beside the examples.
    report
        Hears the loss curve, a point every few seconds.
    watch
        Given the average so far a few times; what it takes is not counted.

    Raises
    ------
    ModelError
        No examples, or the base's network is another.
    Stopped
        `stop()` became true; the checkpoint is left in the folder.
    """
    if not examples and synthesis is None:
        raise ModelError("there is nothing to learn from", hint="Submit a corrected case first.")
    chosen = choose(device)
    began = time.monotonic()
    source = _source(spec, examples, synthesis, folder, _stream(seed, base), part(progress, 0, 0.02), stop)
    endless = synthesis is not None
    run = _Run.begin(spec, base, seed, chosen, folder, fine=base is not None and not endless, endless=endless)
    if not run.seconds:
        run.seconds = time.monotonic() - began
    _loop(run, source, chosen, 60 * minutes, part(progress, 0.02, 1), stop, report, watch)
    maps = len(synthesis.maps) if synthesis else 0
    return LoadedModel(_trained(spec, examples, maps, base, run, seed, chosen), run.average.to("cpu").eval())


def _stream(seed: int, base: LoadedModel | None) -> int:
    """The seed of patches: a model that goes on from a base is not to see again what the base was synthesised."""
    return seed + int(base.spec.weights_sha256[:8] or "0", 16) if base else seed


def _source(
    spec: ModelSpec,
    examples: Sequence[Example],
    synthesis: Synthesis | None,
    folder: Path,
    seed: int,
    progress: Progress,
    stop: Stop,
) -> Source:
    found: list[Source] = []
    if examples:
        cases = prepare_all(examples, spec, folder / "cases", progress=progress, stop=stop)
        found.append(Patches(cases, spec, seed))
    if synthesis is not None:
        learned = [each.value for each in spec.classes]
        maps = prepare_maps(synthesis.maps, learned, spec.orientation, folder / "maps", progress=progress, stop=stop)
        found.append(Synthesised(maps, synthesis.recipe, spec, seed))
    return found[0] if len(found) == 1 else Mixed(found)


def _loop(
    run: _Run,
    source: Source,
    device: Device,
    budget: float,
    progress: Progress,
    stop: Stop,
    report: Callable[[Point], None],
    watch: Watch,
) -> None:
    """Steps until the budget is used; time that `stop` holds the work up (a pause) is not counted."""
    saved, pointed, losses = run.seconds, run.seconds, []
    watched = (math.floor(run.seconds / budget * (WATCHED + 1)) + 1) * budget / (WATCHED + 1)
    size = 2 if 2 * math.prod(source.spec.patch) <= BATCH_VOXELS else 1
    while run.seconds < budget or run.step == 0:
        if stop():
            run.save()
            raise Stopped()
        began = time.monotonic()
        losses.append(_step(run, source, size, device, run.seconds / budget))
        run.seconds += time.monotonic() - began
        if run.seconds - pointed >= POINT_SECONDS or run.seconds >= budget:
            report(Point(run.step, round(run.seconds, 1), float(torch.stack(losses).mean())))
            pointed, losses = run.seconds, []
            progress(min(1.0, run.seconds / budget), f"learning, step {run.step}")
        if run.seconds - saved >= CHECKPOINT_SECONDS:
            run.save()
            saved = run.seconds
        if run.seconds >= watched:
            watched += budget / (WATCHED + 1)
            _let_watch(watch, LoadedModel(source.spec, run.average), run)


def _let_watch(watch: Watch, model: LoadedModel, run: _Run) -> None:
    """Show how far it is; whoever stops the work meanwhile loses nothing."""
    try:
        watch(model, run.step, round(run.seconds, 1))
    except Stopped:
        run.save()
        raise


def _step(run: _Run, source: Source, size: int, device: Device, done: float) -> Tensor:
    # Fewer and fewer patches are changed, so that the last ones are scans as they are.
    image, labels = source.batch(run.step, size, device.place, changed=1 - min(1.0, done))
    for group in (group for each in run.optimizers for group in each.param_groups):
        group["lr"] = group["highest"] * _schedule(done)
    with device.autocast(learning=True):
        found = run.network.every_depth(image)
    loss = deep_loss(*unfolded([each.float() for each in found], labels))
    run.network.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.network.parameters(), 12.0)
    for each in run.optimizers:
        each.step()
    run.step += 1
    _follow(run.average, run.network, decay=run.decay)
    return loss.detach()


def _schedule(done: float) -> float:
    """Part of the highest rate when `done` of the budget is used."""
    if done < WARM_UP:
        return 0.02 + 0.98 * done / WARM_UP
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - WARM_UP) / (1 - WARM_UP))))


@torch.no_grad()
def _follow(average: UNet, network: UNet, *, decay: float) -> None:
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), 1 - decay)


@dataclass
class _Run:
    """What a checkpoint holds."""

    network: UNet
    average: UNet
    optimizers: tuple[torch.optim.Optimizer, ...]
    fine: bool
    path: Path
    step: int = 0
    seconds: float = 0.0

    @classmethod
    def begin(
        cls,
        spec: ModelSpec,
        base: LoadedModel | None,
        seed: int,
        device: Device,
        folder: Path,
        *,
        fine: bool,
        endless: bool,
    ) -> _Run:
        """From the folder's checkpoint, else from the base, else from random weights."""
        torch.manual_seed(seed)
        network = new_network(spec)
        if base is not None:
            if base.spec.architecture != spec.architecture or base.spec.classes != spec.classes:
                raise ModelError(f"{base.spec.label} has another network or other classes", hint="Train a new model.")
            network.load_state_dict(base.network.state_dict())
        network = network.to(device.place)
        average = copy.deepcopy(network).requires_grad_(False)
        run = cls(network, average, optimizers(network, fine=fine, endless=endless), fine, folder / _CHECKPOINT)
        run.restore(device)
        return run

    @property
    def decay(self) -> float:
        """Of the average: random weights are forgotten at once, a base only as fast as there is something to learn.

        So a fine-tuning of a few dozen steps stays near its base, whatever those steps did to the network.
        """
        return DECAY if self.fine else min(DECAY, (1 + self.step) / (10 + self.step))

    def save(self) -> None:
        """Write the checkpoint beside the old one, then replace it: a kill leaves one or the other whole."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizers": [each.state_dict() for each in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
        }
        writing = self.path.with_suffix(".writing")
        with writing.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(writing, self.path)

    def restore(self, device: Device) -> None:
        """Go on from the checkpoint, if there is one."""
        if not self.path.exists():
            return
        state = torch.load(self.path, map_location=device.place, weights_only=True)
        if "optimizers" not in state:  # an older program's, which learned in another way
            return
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        for each, saved in zip(self.optimizers, state["optimizers"], strict=True):
            each.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]


def _trained(
    spec: ModelSpec,
    examples: Sequence[Example],
    maps: int,
    base: LoadedModel | None,
    run: _Run,
    seed: int,
    device: Device,
) -> ModelSpec:
    lineage = Lineage(
        parent=base.spec.label if base else "",
        base=(base.spec.lineage.base or base.spec.label) if base else "",
        cases=tuple(example.key for example in examples),
        maps=maps,
        steps=run.step,
        minutes=round(run.seconds / 60, 2),
        seed=seed,
        device=device.words,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        program=f"SegStudio {__version__}",
    )
    return replace(spec, lineage=lineage, metrics={})
