"""`pacs`: hospital archives that the person has set up."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from dataclasses import asdict

from segstudio.cli.dicom import options_of, plain_report, tell_report
from segstudio.cli.output import Output, table
from segstudio.cli.session import stoppable
from segstudio.pacs import Archive, Connection, Query, SeriesFound, StudyFound, add, connection, connections, remove


def pacs(args: argparse.Namespace, out: Output) -> int:
    """One of the verbs."""
    verbs = {"list": _list, "add": _add, "remove": _remove, "find": _find, "fetch": _fetch, "store": _store}
    verbs[args.verb](args, out)
    return 0


def _list(_args: argparse.Namespace, out: Output) -> None:
    """JSON: a list of `{name, url, user, certificate}`."""
    known = connections()
    rows = [(each.name, each.url, each.user) for each in known]
    text = table(("name", "address", "user"), rows) if rows else "no archive is set up: nothing is asked or sent"
    out.result([asdict(each) for each in known], text)


def _add(args: argparse.Namespace, out: Output) -> None:
    """Asks for the password, or takes it from stdin where nobody watches. JSON: `{name, url, user, certificate}`."""
    certificate = str(args.certificate.absolute()) if args.certificate else ""
    made = Connection(args.name, args.url, args.user, certificate)
    add(made, _password(made) if made.user else "")
    out.result(asdict(made), f"{made.name} is set up; `segstudio pacs find {made.name}` looks into it")


def _remove(args: argparse.Namespace, out: Output) -> None:
    """JSON: `{name}`."""
    remove(args.name)
    out.result({"name": args.name}, f"{args.name} is forgotten, with its password")


def _find(args: argparse.Namespace, out: Output) -> None:
    """Studies that fit, or with `--study` the series of one.

    JSON: a list of `{uid, patient_id, patient_name, date, description, modalities, series, instances}`, or of
    `{uid, study, number, modality, description, body_part, instances}`.
    """
    query = Query(args.patient_id, args.patient_name, args.date, args.modality)
    with Archive(connection(args.name)) as archive, stoppable() as stop:
        if args.study:
            _tell_series(archive.series(args.study, stop=stop), out)
        else:
            _tell_studies(archive.studies(query, stop=stop), out)


def _tell_series(found: Sequence[SeriesFound], out: Output) -> None:
    heads = ("number", "modality", "description", ">pictures", "UID")
    rows = [(str(e.number), e.modality, e.description, str(e.instances), e.uid) for e in found]
    out.result([asdict(each) for each in found], table(heads, rows) if rows else "nothing is found")


def _tell_studies(found: Sequence[StudyFound], out: Output) -> None:
    heads = ("date", "patient", "name", "modality", "description", "UID")
    rows = [(e.date, e.patient_id, e.patient_name, "/".join(e.modalities), e.description, e.uid) for e in found]
    out.result([asdict(each) for each in found], table(heads, rows) if rows else "nothing is found")


def _fetch(args: argparse.Namespace, out: Output) -> None:
    """JSON: `{out, folders, files, report}`; the report as `dicom deidentify` tells it, or null."""
    study, _, wanted = args.study.partition("#")
    with Archive(connection(args.name)) as archive, stoppable() as stop:
        series = [each for each in archive.series(study, stop=stop) if wanted in ("", each.uid)]
        fetched = archive.fetch(
            series, args.out, hide=options_of(args) if args.deidentify else None, progress=out.progress, stop=stop
        )
    plain = {
        "out": str(args.out),
        "folders": [folder.relative_to(args.out).as_posix() for folder in fetched.folders],
        "files": fetched.files,
        "report": plain_report(fetched.report) if fetched.report else None,
    }
    out.result(plain, f"fetched {fetched.files} files of {len(fetched.folders)} series to {args.out}")
    if fetched.report:
        tell_report(fetched.report, out)


def _store(args: argparse.Namespace, out: Output) -> None:
    """JSON: `{stored}`."""
    with Archive(connection(args.name)) as archive, stoppable() as stop:
        archive.store(args.files, progress=out.progress, stop=stop)
    out.result({"stored": len(args.files)}, f"stored {len(args.files)} files in {args.name}")


def _password(made: Connection) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"password of {made.user} at {made.host}: ")
    return sys.stdin.readline().rstrip("\r\n")
