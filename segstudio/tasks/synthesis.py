"""What a job synthesises scans from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segstudio.imaging import CANONICAL
from segstudio.learning import Example
from segstudio.learning.maps import label_files, prepare_maps
from segstudio.learning.recipe import Recipe, Synthesis, held_out, recipe_of
from segstudio.library import Job
from segstudio.progress import never, silent

if TYPE_CHECKING:
    from segstudio.networks import ModelSpec


def synthesis_of(job: Job) -> tuple[Synthesis | None, list[Example]]:
    """What to learn from, and scans made from the label maps that are kept to judge on; None where it does not."""
    asked: dict[str, Any] = job.request.get("synthesise", {})
    if not asked:
        return None, []
    seed, recipe = int(job.request["seed"]), recipe_of(asked)
    learn, kept = held_out(label_files(Path(asked["labels"])), float(asked["holdout"]), seed)
    return Synthesis(learn, recipe), _examples(kept, recipe, job.folder / "held out", seed) if kept else []


def _examples(kept: tuple[Path, ...], recipe: Recipe, folder: Path, seed: int) -> list[Example]:
    from segstudio.learning.synthesis import synthetic_examples

    learned = [each.value for each in recipe.classes]
    maps = prepare_maps(kept, learned, CANONICAL, folder, progress=silent, stop=never)
    return synthetic_examples(maps, recipe, seed)


def plan_for(synthesis: Synthesis, job: Job) -> ModelSpec:
    """A network for a model that learns from synthesised scans."""
    from segstudio.learning.plan import plan_synthesised

    modality, spacing = str(job.request.get("modality", "")), float(job.request["synthesise"]["spacing"])
    return plan_synthesised(synthesis, name=job.model, version=1, modality=modality, spacing=spacing)


def on_its_grid(base: ModelSpec, job: Job) -> ModelSpec:
    """The base on the grid that was asked for: it learns coarse first, then finer."""
    mm = float(job.request.get("synthesise", {}).get("spacing", 0.0))
    return replace(base, spacing=(mm, mm, mm)) if mm else base
