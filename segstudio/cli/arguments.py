"""What each command takes."""

from __future__ import annotations

import argparse
from pathlib import Path

from segstudio import __version__
from segstudio.cli import options, review_arguments
from segstudio.export.formats import FORMATS


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = options.Parser(
        prog="segstudio",
        description="Predict, correct and learn on CT and MRI scans. Research use only, not a medical device.",
    )
    top.add_argument("--version", action="version", version=f"segstudio {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (
        _app,
        _info,
        _convert,
        _export,
        _predict,
        _train,
        _submit,
        _worker,
        _jobs,
        _models,
        _evaluate,
        review_arguments.worklist,
        review_arguments.review,
        _dicom,
        _pacs,
    ):
        add(commands)
    return top


def _app(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("app", help="open the window")
    it.add_argument("files", nargs="*", type=Path, metavar="FILE", help="a scan to open")
    it.add_argument("--sample", action="store_true", help="open the sample scan, a head, and predict its structures")
    it.add_argument(
        "--check",
        action="store_true",
        help="with no one watching: do the same as --sample, then correct, submit, learn and compare; needs no screen",
    )
    it.add_argument("--screenshot", type=Path, metavar="PNG", help="where --check puts its picture")
    options.library(it)


def _info(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("info", help="what a scan or mask is: shape, spacing, orientation, range, modality")
    it.add_argument("image", type=Path, metavar="IMAGE", help="a file, a DICOM folder or zip, PATH#SeriesInstanceUID")
    options.frame(it)
    options.json(it)


def _convert(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("convert", help="write a scan or mask in another format; the suffix of OUT chooses it")
    it.add_argument("image", type=Path, metavar="IMAGE")
    it.add_argument("out", type=Path, metavar="OUT", help="for example scan.nii.gz, scan.nrrd, scan.mha")
    options.json(it)


def _export(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("export", help="write a mask in a format that other systems read, and check it")
    it.add_argument("mask", type=Path, metavar="MASK")
    it.add_argument("--scan", required=True, type=Path, metavar="SCAN", help="that it was drawn on")
    it.add_argument("--format", required=True, choices=[each.name for each in FORMATS])
    it.add_argument("--out", required=True, type=Path, metavar="PATH", help="a file, or a folder for it")
    it.add_argument(
        "--classes",
        type=options.classes,
        default=(),
        metavar="1=NAME,2=NAME",
        help="what values mean, if not as MASK says",
    )
    it.add_argument("--model", default="", metavar="NAME[@V]", help="that drew it; its name and classes are written")
    it.add_argument("--deidentify", action="store_true", help="DICOM files refer to the de-identified scan")
    options.frame(it)
    options.library(it)
    options.json(it)


def _predict(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("predict", help="let a model draw the masks of scans")
    it.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    it.add_argument("--model", required=True, metavar="NAME[@VERSION]", help="NAME alone is the version in use")
    it.add_argument("--out", required=True, type=Path, metavar="DIR", help="gets one mask for each scan")
    options.device(it)
    it.add_argument("--box", type=options.box, metavar="z0:z1,y0:y1,x0:x1", help="only here; voxels, ends not included")
    options.frame(it)
    options.library(it)
    options.json(it)


def _train(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("train", help="train a model on labelled scans, or on scans synthesised from label maps")
    it.add_argument("--images", type=Path, metavar="DIR", help="the scans")
    it.add_argument(
        "--labels", type=Path, metavar="DIR", help="their masks, under the same names (NAME_0000 fits NAME)"
    )
    it.add_argument("--classes", type=options.classes, default=(), metavar="1=NAME,2=NAME", help="what the values mean")
    it.add_argument("--synthesise", type=Path, metavar="LABELS_DIR", help="make scans from these label maps, too")
    it.add_argument(
        "--recipe", default="", metavar="NAME|FILE", help="what the label maps hold and how bright it is: brain"
    )
    it.add_argument(
        "--spacing",
        type=options.positive,
        default=0.0,
        metavar="MM",
        help="of the network's grid, where scans are synthesised",
    )
    it.add_argument("--name", required=True, help="of the model")
    it.add_argument("--from", dest="base", default="", metavar="NAME[@V]", help="start from this model's weights")
    it.add_argument("--minutes", type=options.positive, default=15.0, metavar="M", help="to train for (15)")
    it.add_argument(
        "--holdout",
        type=options.part,
        default=0.2,
        metavar="0.2",
        help="part of the patients kept to judge on; 0 trains on all",
    )
    it.add_argument("--seed", type=int, default=0, metavar="S")
    it.add_argument("--modality", default="", help="of the scans, where their files do not say: CT, MR, …")
    options.device(it)
    options.library(it)
    options.json(it)


def _submit(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("submit", help="hand a corrected mask over for the model to learn from")
    it.add_argument("image", type=Path, metavar="IMAGE")
    it.add_argument("labels", type=Path, metavar="LABELS")
    it.add_argument(
        "--model", required=True, metavar="NAME[@VERSION]", help="the version that the correction started from"
    )
    it.add_argument("--patient", default="", metavar="ID", help="kept only as a hash; keeps a patient's scans together")
    it.add_argument("--reader", default="", metavar="NAME", help="who corrected it")
    it.add_argument("--box", type=options.box, metavar="z0:z1,y0:y1,x0:x1", help="only here was the mask looked at")
    it.add_argument("--minutes", type=options.positive, metavar="M", help="that the model is to learn for (5)")
    options.frame(it)
    options.library(it)
    options.json(it)


def _worker(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("worker", help="run queued jobs without a window, until Ctrl+C")
    it.add_argument("--once", action="store_true", help="end when no job is left")
    options.device(it)
    options.library(it)
    options.json(it)


def _jobs(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("jobs", help="list the jobs; show, cancel or retry one")
    verbs = options.verbs(it, "all jobs, newest first")
    for verb, does in (
        ("show", "one job with its loss curve"),
        ("cancel", "end a job; corrections stay"),
        ("retry", "queue a failed or cancelled job again"),
        ("pause", "let a job wait until it is resumed; what it has learned is kept"),
        ("resume", "let a paused job go on"),
    ):
        options.verb(verbs, verb, does).add_argument("job", type=int, metavar="N")


def _models(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("models", help="list the models; show, promote, roll back, import or export one")
    verbs = options.verbs(it, "all versions")
    options.verb(verbs, "show", "all that is known of a version").add_argument("model", metavar="NAME[@V]")
    options.verb(verbs, "promote", "put a version in use").add_argument("model", metavar="NAME@V")
    learn = options.verb(verbs, "learn", "queue learning from all corrections so far")
    learn.add_argument("model", metavar="NAME")
    learn.add_argument("--minutes", type=options.positive, metavar="M", help="to train for (5)")
    learn.add_argument("--at", type=options.hour, metavar="HH:MM", help="not before this computer's clock shows it")
    rule = options.verb(verbs, "rule", "say when a model learns by itself; off if nothing is said")
    rule.add_argument("model", metavar="NAME")
    rule.add_argument("--after", type=int, default=0, metavar="N", help="after so many newly read cases")
    rule.add_argument("--nightly", default="", metavar="HH:MM", help="at night, if there is anything new")
    rule.add_argument("--minutes", type=options.positive, default=5.0, metavar="M", help="of each job (5)")
    options.verb(verbs, "lineage", "where a model's versions come from").add_argument("model", metavar="NAME")
    options.verb(verbs, "watch", "how right a model was before correction").add_argument("model", metavar="NAME")
    options.verb(verbs, "rollback", "put the version before back in use").add_argument("model", metavar="NAME")
    taken = options.verb(verbs, "import", "take a model folder into the library")
    taken.add_argument("path", type=Path, metavar="PATH")
    export = options.verb(verbs, "export", "copy a version into a new folder")
    export.add_argument("model", metavar="NAME@V")
    export.add_argument("path", type=Path, metavar="PATH")


def _evaluate(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("evaluate", help="compare masks with references, class by class")
    it.add_argument("predictions", type=Path, metavar="PREDICTIONS", help="a mask, or a folder of masks")
    it.add_argument("references", type=Path, metavar="REFERENCES", help="a mask, or a folder with the same names")
    it.add_argument(
        "--classes", type=options.classes, default=(), metavar="1=NAME,2=NAME", help="only these, under these names"
    )
    options.json(it)


def _dicom(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser("dicom", help="DICOM files: their series, and copies without what identifies the patient")
    verbs = it.add_subparsers(dest="verb", metavar="VERB", required=True)
    listing = verbs.add_parser("list", help="the series in a folder, a zip, a DICOMDIR or a file")
    listing.add_argument("path", type=Path, metavar="PATH")
    options.json(listing)
    _deidentify(verbs.add_parser("deidentify", help="write files without names, numbers, dates and the like"))


def _deidentify(it: options.Parser) -> None:
    it.add_argument("input", nargs="+", type=Path, metavar="IN", help="files, and folders with all that is in them")
    it.add_argument("out", type=Path, metavar="OUT", help="a folder beside them; they themselves stay as they are")
    _what_stays(it)
    it.add_argument(
        "--release",
        action="append",
        default=[],
        type=Path,
        metavar="PATH",
        help="a file that was held, or a folder of such, after you have looked at it; may be given several times",
    )
    options.json(it)


def _what_stays(it: options.Parser) -> None:
    it.add_argument(
        "--dates",
        choices=("shift", "remove", "keep"),
        default="shift",
        help="all dates of a patient are moved by the same number of days (shift); no date of birth ever stays",
    )
    for option, stays in (
        ("--keep-uids", "unique identifiers"),
        ("--keep-characteristics", "sex, age, size and weight"),
        ("--keep-device", "serial number and name of the machine"),
        ("--keep-institution", "name and address of the institution"),
        ("--clean-descriptions", "of descriptions the words that are terms of imaging"),
    ):
        it.add_argument(option, action="store_true", help=f"what stays: {stays}")


def _pacs(commands: argparse._SubParsersAction[options.Parser]) -> None:
    it = commands.add_parser(
        "pacs", help="hospital archives: set up, find, fetch, store; nothing is asked or sent before"
    )
    options.json(it)
    verbs = it.add_subparsers(dest="verb", metavar="VERB")
    it.set_defaults(verb="list")
    each = {
        name: verbs.add_parser(name, help=does)
        for name, does in (
            ("list", "the connections that are set up"),
            ("add", "set a connection up; asks for the password, which goes to the system's keyring"),
            ("remove", "forget a connection and its password"),
            ("find", "studies, or the series of one"),
            ("fetch", "a study, or one series of it, into a folder"),
            ("store", "put files into the archive"),
        )
    }
    for name, one in each.items():
        options.json(one, default=argparse.SUPPRESS)
        if name != "list":
            one.add_argument("name", metavar="NAME", help="of the connection")
    each["add"].add_argument("url", metavar="URL", help="of the DICOMweb service: https://pacs.example.org/dicom-web")
    each["add"].add_argument("--user", default="", help="to log in with")
    each["add"].add_argument("--certificate", type=Path, metavar="PEM", help="of the hospital's own authority")
    _find(each["find"])
    each["fetch"].add_argument("study", metavar="STUDY[#SERIES]", help="their UIDs, as `find` tells them")
    each["fetch"].add_argument("out", type=Path, metavar="OUT", help="gets a folder for each series")
    each["fetch"].add_argument("--deidentify", action="store_true", help="before anything is kept")
    _what_stays(each["fetch"])
    each["store"].add_argument("files", nargs="+", type=Path, metavar="FILE")


def _find(it: options.Parser) -> None:
    it.add_argument("--patient-id", default="", metavar="ID", help="* stands for any letters")
    it.add_argument("--patient-name", default="", metavar="NAME", help="its beginning, or with * for any letters")
    it.add_argument("--date", default="", metavar="FROM-TO", help="of the study: 20260131, or 20260101-20260131")
    it.add_argument("--modality", default="", help="CT, MR, …")
    it.add_argument("--study", default="", metavar="UID", help="tell the series of this study")
