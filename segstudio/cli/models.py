"""`models`: the versions, and which of them is in use."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segstudio.cli.governance import governed
from segstudio.cli.output import Output, number, table
from segstudio.cli.session import person, session
from segstudio.library import ModelEntry
from segstudio.studio import Studio

_STATES = {"candidate": "a candidate", "current": "in use", "retired": "retired"}


def models(args: argparse.Namespace, out: Output) -> int:
    """List the versions, or show, promote, roll back, import or export one.

    JSON: a list of `{name, version, state, classes, channels, modality, base, parent, created, metrics, verdict,
    licence, description, folder}`, or one of them; `export` prints `{model, path}`.
    """
    with session(args, out) as studio:
        if args.verb == "list":
            entries = studio.models()
            out.result([model_json(entry) for entry in entries], _listed(entries))
        elif args.verb == "show":
            entry = studio.library.model(args.model)
            out.result(model_json(entry), card(entry))
        elif args.verb == "export":
            path = studio.library.export_model(args.model, args.path)
            out.result({"model": args.model, "path": str(path)}, f"wrote {path}")
        elif args.verb in ("learn", "rule", "lineage", "watch"):
            governed(studio, args, out)
        else:
            entry = _changed(studio, args)
            if args.verb == "promote" and entry.verdict and not entry.verdict.promote:
                out.note(f"the gate advised against {entry.label}: {entry.verdict.reason}")
            out.result(model_json(entry), in_words(entry))
    return 0


def model_json(entry: ModelEntry) -> dict[str, Any]:
    """A version as the commands print it."""
    spec = entry.spec
    return {
        "name": spec.name,
        "version": spec.version,
        "state": entry.state,
        "classes": [{"value": each.value, "name": each.name} for each in spec.classes],
        "channels": spec.channels,
        "modality": spec.modality,
        "base": entry.base,
        "parent": spec.lineage.parent,
        "created": entry.created,
        "metrics": dict(spec.metrics),
        "verdict": asdict(entry.verdict) if entry.verdict else None,
        "licence": spec.licence,
        "description": spec.description,
        "folder": str(entry.folder),
    }


def in_words(entry: ModelEntry) -> str:
    """What a version is now, in one sentence."""
    return f"{entry.label} is {_STATES[entry.state]}."


def compared(entry: ModelEntry) -> str:
    """What the gate found, as a table and a sentence; "" where nothing was compared."""
    verdict = entry.verdict
    if verdict is None:
        return ""
    rows = [
        (
            each.name,
            *(number(dice, 3) for dice in (each.dice_before, each.dice_after)),
            *(number(mm, 1) for mm in (each.hd95_before, each.hd95_after)),
        )
        for each in verdict.classes
    ]
    heads = ("class", ">Dice before", ">after", ">HD95 mm before", ">after")
    return f"{table(heads, rows)}\n{verdict.reason}"


def card(entry: ModelEntry) -> str:
    """All that is known of a version, for people."""
    spec, lineage = entry.spec, entry.spec.lineage
    rows = [
        ("model", f"{entry.label}, {_STATES[entry.state]}"),
        ("what", spec.description),
        ("classes", ", ".join(f"{each.value}={each.name}" for each in spec.classes)),
        ("scans", f"{spec.modality or 'any modality'}, {_channels(spec.channels)}"),
        ("voxels", f"{'×'.join(f'{mm:.4g}' for mm in spec.spacing)} mm, {'×'.join(map(str, spec.patch))} at once"),
        ("shows", f"about {'×'.join(f'{mm:.0f}' for mm in reversed(spec.shows_mm))} mm" if all(spec.shows_mm) else ""),
        ("parent", lineage.parent),
        ("trained", f"{lineage.minutes:.1f} minutes, {lineage.steps} steps, {_learned(entry)}"),
        ("created", entry.created),
        ("licence", spec.licence),
        ("folder", str(entry.folder)),
        ("card", str(entry.card or "none came with it")),
    ]
    facts = table(("", ""), [row for row in rows if row[1]]).strip("\n")
    return f"{facts}\n{compared(entry)}".strip()


def _changed(studio: Studio, args: argparse.Namespace) -> ModelEntry:
    if args.verb == "promote":
        return studio.promote(args.model, person=person())
    if args.verb == "rollback":
        return studio.rollback(args.model, person=person())
    return studio.import_model(args.path, person=person())


def _listed(entries: Sequence[ModelEntry]) -> str:
    if not entries:
        return "There is no model. `segstudio train` makes one from labelled scans."
    rows = [
        (entry.label, _STATES[entry.state], _purpose(entry), entry.spec.modality or "any", entry.spec.licence)
        for entry in entries
    ]
    return table(("model", "state", "what it is for", "modality", "licence"), rows)


def _purpose(entry: ModelEntry) -> str:
    return entry.spec.description or ", ".join(each.name for each in entry.spec.classes)


def _learned(entry: ModelEntry) -> str:
    lineage = entry.spec.lineage
    cases = f"{len(lineage.cases)} cases" if lineage.cases or not lineage.maps else ""
    return " and ".join(each for each in (cases, f"{lineage.maps} label maps" if lineage.maps else "") if each)


def _channels(channels: Sequence[str]) -> str:
    if len(channels) == 1:
        return channels[0] or "1 channel"
    return f"{len(channels)} channels ({', '.join(name or '?' for name in channels)})"
