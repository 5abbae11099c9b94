"""`models learn`, `rule`, `lineage` and `watch`: when a model learns, where it comes from, how right it was."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from segstudio.cli.output import Output, number, table
from segstudio.cli.session import person
from segstudio.library import Ancestor, Rule, Watched
from segstudio.studio import Studio
from segstudio.studio.queue import tonight


def governed(studio: Studio, args: argparse.Namespace, out: Output) -> None:
    """Do what one of these verbs asks for.

    JSON: `learn` prints `{job, not_before}`, `rule` `{model, after_cases, nightly, minutes}`, `lineage` a list of
    `{label, parent, base, state, created, promoted, cases, readers, dice, reason}`, `watch` `{drift, reads}`, the reads
    a list of `{at, case_id, pseudonym, model, value, name, dice, scanner, modality, reader}`.
    """
    name = studio.library.model(args.model).name
    if args.verb == "learn":
        job = studio.queue.train(name, minutes=args.minutes, at=tonight(*args.at) if args.at else None)
        when = f"from {job.not_before} on" if job.not_before else "when its turn comes"
        out.result({"job": job.id, "not_before": job.not_before}, f"Job {job.id} runs {when}.")
    elif args.verb == "rule":
        rule = Rule(name, args.after, args.nightly, args.minutes)
        rule = studio.queue.set_rule(rule, person=person())
        out.result(asdict(rule), _rule(rule))
    elif args.verb == "lineage":
        found = studio.versions.lineage(name)
        out.result([asdict(each) for each in found], _lineage(found))
    else:
        seen, told = studio.versions.monitor(name), studio.versions.drift(name)
        plain: dict[str, Any] = {"drift": told, "reads": [asdict(each) for each in seen]}
        out.result(plain, _watched(seen, told))


def _rule(rule: Rule) -> str:
    parts = []
    if rule.after_cases:
        parts.append(f"after {rule.after_cases} newly read cases")
    if rule.nightly:
        parts.append(f"at {rule.nightly} if there is anything new")
    return f"{rule.model} learns by itself {' and '.join(parts)}." if parts else f"{rule.model} learns when it is told."


def _lineage(found: Sequence[Ancestor]) -> str:
    rows = [
        (
            each.label, each.parent, each.state, str(len(each.cases)),
            ", ".join(f"{reader or '?'} {count}" for reader, count in each.readers.items()),
            ", ".join(f"{name} {number(dice, 3)}" for name, dice in each.dice.items()), each.reason,
        )
        for each in found
    ]  # fmt: skip
    return table(("version", "from", "state", ">cases", "readers", "Dice on the holdout", ""), rows)


def _watched(seen: Sequence[Watched], told: Sequence[str]) -> str:
    if not seen:
        return "Nobody has read a case that this model drew."
    rows = [
        (each.at, str(each.case_id), each.model, each.name, number(each.dice, 3), each.scanner, each.reader)
        for each in seen
    ]
    return "\n".join([table(("", ">case", "model", "class", ">Dice", "scanner", "reader"), rows), *told])
