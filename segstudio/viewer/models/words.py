"""Jobs, times and figures in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from segstudio.learning.verdict import Interval
from segstudio.library import Job
from segstudio.viewer.messages import capital, named, sentence
from segstudio.viewer.sections.section import MINUS, minutes_left

ACTIVE = ("queued", "running", "paused", "interrupted")
"""States of a job that is not over."""

_VERBS = {"fine-tune": "Fine-tuning", "train": "Training", "import": "Taking scans in", "predict": "Predicting with"}
_WAITS = {
    "queued": "Waits for its turn",
    "paused": "Paused; nothing is lost",
    "interrupted": "Was interrupted; goes on by itself",
}


def title(job: Job) -> str:
    """What a job is, in a few words."""
    what = _VERBS[job.kind] if job.kind == "import" else f"{_VERBS[job.kind]} {named(job.model)}"
    return f"{what}: {job.state}" if job.state in ("failed", "cancelled") else what


def told(job: Job, now: datetime) -> str:
    """How a job stands, in a sentence or two; `now` is this computer's time."""
    if job.state == "running":
        left = minutes_left(job.left_s)
        return " · ".join(filter(None, (capital(job.what), left)))
    if job.state == "failed":
        return named(f"{sentence(job.error)} {job.hint}".strip())
    if job.state == "cancelled":
        return "Cancelled. The corrections are kept." if learns(job) else "Cancelled. What was done is kept."
    if job.state == "done":
        return f"{named(job.result)} is ready." if learns(job) else sentence(job.result or "done")
    if job.state == "queued" and job.not_before and local(job.not_before) > now:
        return f"Waits until {clock(job.not_before, now)}"
    return _WAITS[job.state]


def facts(job: Job, now: datetime) -> str:
    """When it began, on what it computes, and how much memory that took."""
    began = f"begun {clock(job.started, now)}" if job.started else f"asked for {clock(job.created, now)}"
    ended = f"ended {clock(job.finished, now)}" if job.finished else ""
    memory = f"{job.memory_mb / 1024:.1f} GB" if job.memory_mb >= 1000 else f"{job.memory_mb:.0f} MB"
    return " · ".join(filter(None, (began, ended, job.device, f"{memory} at most" if job.memory_mb else "")))


def learns(job: Job) -> bool:
    """Whether a version comes of it."""
    return job.kind in ("fine-tune", "train")


def local(at: str) -> datetime:
    """A time of the library by this computer's clock, without a zone."""
    return datetime.fromisoformat(at).astimezone().replace(tzinfo=None)


def clock(at: str, now: datetime) -> str:
    """A time of the library as people say it: "22:00", "tomorrow 06:30", "2026-11-03 22:00"; "" for ""."""
    if not at:
        return ""
    then = local(at)
    days = (then.date() - now.date()).days
    day = {0: "", 1: "tomorrow ", -1: "yesterday "}.get(days, f"{then:%Y-%m-%d} ")
    return f"{day}{then:%H:%M}"


def reason_in_words(reason: str) -> str:
    """What the gate said, as the window writes numbers."""
    return re.sub(r"(?<![\w-])-(?=\d)", MINUS, sentence(reason))


def signed(value: float, digits: int) -> str:
    """A change: "+0.03", "−1.2"; "0.00" without a sign."""
    text = f"{abs(value):.{digits}f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else MINUS}{text}"


def change_in_words(change: float | None, interval: Interval | None, digits: int) -> str:
    """A mean change with its interval: "+0.03 (+0.01 to +0.05)"."""
    if change is None:
        return ""
    if interval is None:
        return signed(change, digits)
    if sure(interval) and not all(float(f"{end:.{digits}f}") for end in interval):
        digits += 1  # "to 0.00" would say that it does not exclude zero
    return f"{signed(change, digits)} ({signed(interval[0], digits)} to {signed(interval[1], digits)})"


def sure(interval: Interval | None) -> bool:
    """Whether an interval excludes zero."""
    return interval is not None and (interval[0] > 0 or interval[1] < 0)


def figure(value: float | None, digits: int) -> str:
    """A figure, or a dash where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def mean(values: Mapping[str, float | None]) -> float | None:
    """Mean of the figures that there are."""
    found = [value for value in values.values() if value is not None]
    return sum(found) / len(found) if found else None


def cases_in_words(count: int) -> str:
    """ "1 case", "12 cases"."""
    return "1 case" if count == 1 else f"{count} cases"
