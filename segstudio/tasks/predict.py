"""Draw the masks of many cases and keep them in the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from segstudio.errors import SegStudioError, Stopped
from segstudio.imaging import thumbnail
from segstudio.library import Library
from segstudio.progress import Progress, Stop, check, part
from segstudio.tasks.request import Request, Tell, progress_to

if TYPE_CHECKING:
    from segstudio.networks.weights import LoadedModel

_NAMED = 3
"""Cases that are named when something went wrong with them."""


def predict_cases(request: Request, tell: Tell, stop: Stop) -> dict[str, Any]:
    """Draw each case of a job that its version has yet to draw; one that cannot be drawn holds up no other."""
    from segstudio.inference.device import choose
    from segstudio.networks.weights import load_model

    library = Library.open(Path(request["library"]))
    job, device = library.job(int(request["job"])), str(request["device"])
    entry = library.model(job.model)
    tell("device", words=choose(device).words)
    model = load_model(entry.folder)
    cases = [int(each) for each in job.request["cases"]]
    left = set(library.without_prediction(entry.label, cases))
    failed, empty = [], []
    for done, number in enumerate(cases):
        check(stop)
        if number not in left:
            continue
        words = f"drawing case {done + 1} of {len(cases)}"
        progress = part(progress_to(tell), done / len(cases), (done + 1) / len(cases))
        try:
            kept = _draw(library, number, model, device, progress=progress, words=words, stop=stop)
            empty += [] if kept else [number]
        except Stopped:
            raise
        except SegStudioError as error:
            failed.append(f"case {number}: {error.message}")
        tell("case", case=number)
    library.rank_cases(entry.name)
    return {"result": _words(len(cases) - len(failed), failed, empty)}


def _draw(
    library: Library, number: int, model: LoadedModel, device: str, *, progress: Progress, words: str, stop: Stop
) -> bool:
    """Draw a case and store what was drawn; whether anything was kept of it."""
    from segstudio.inference.predict import predict
    from segstudio.review.figures import figures_of

    progress(0.0, words)
    case = library.case(number)
    volume = library.load_scan(case)
    library.keep_thumbnail(case, thumbnail(volume))
    found = predict(
        volume, model, device=device, doubt=True, progress=lambda done, _what: progress(done, words), stop=stop
    )
    library.store_prediction(
        case, model.spec.label, found.labels, doubt=found.doubt, seconds=found.seconds, device=found.device,
        features=figures_of(volume, found.labels),
    )  # fmt: skip
    return found.kept


def _words(drawn: int, failed: list[str], empty: list[int]) -> str:
    """What came of it; of some cases nothing may have been kept, since they show something else."""
    told = f"{drawn} case{'' if drawn == 1 else 's'} predicted"
    told += f", nothing kept of {', '.join(f'case {each}' for each in empty[:_NAMED])}" if empty else ""
    told += f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
    return f"{told}, {len(failed)} failed: {'; '.join(failed[:_NAMED])}" if failed else told
