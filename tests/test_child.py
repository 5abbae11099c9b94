"""The process that computes, from inside."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from segstudio import child
from segstudio.child import Inbox, serve
from segstudio.childprocess import CHILD_FLAG, child_command, error_from
from segstudio.errors import LibraryError, ModelError, SegStudioError, Stopped


@pytest.fixture
def line() -> Iterator[tuple[Inbox, Callable[..., object]]]:
    """An inbox and the parent's end of the pipe that it reads."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", buffering=1) as parent:
        inbox = Inbox(os.fdopen(reading), lambda: None)
        yield inbox, lambda **request: parent.write(json.dumps(request) + "\n")


def test_the_parents_end_is_noticed():
    reading, writing = os.pipe()
    gone = threading.Event()
    Inbox(os.fdopen(reading), gone.set)
    os.close(writing)
    assert gone.wait(10)


def test_requests_come_in_order_and_stops_go_to_their_request(line):
    inbox, say = line
    say(id=1, verb="predict")
    say(id=2, verb="predict")
    say(verb="stop", id=2)
    assert [inbox.requests.get(timeout=10)["id"] for _ in range(2)] == [1, 2]
    say(id=3, verb="predict")
    inbox.requests.get(timeout=10)
    assert [inbox.stop_of(number)() for number in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("then", ["resume", "stop"])
def test_a_pause_holds_until_the_parent_says_otherwise(line, then):
    inbox, say = line
    say(verb="pause")
    say(id=1, verb="predict")
    inbox.requests.get(timeout=10)
    found: list[bool] = []
    work = threading.Thread(target=lambda: found.append(inbox.stop_of(1)()))
    work.start()
    work.join(0.2)
    assert work.is_alive()
    say(verb=then, id=1)
    work.join(10)
    assert found == [then == "stop"]


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (ModelError("no weights", hint="Import it."), ModelError, "no weights"),
        (Stopped(), Stopped, "stopped"),
        (OSError(28, "No space left on device"), LibraryError, "is full"),
        (MemoryError(), ModelError, "not enough memory"),
        (RuntimeError("CUDA out of memory"), ModelError, "not enough memory"),
        (ZeroDivisionError("by zero\nlong story"), SegStudioError, "ZeroDivisionError: by zero"),
    ],
)
def test_whatever_goes_wrong_is_answered_in_words(monkeypatch, raised, kind, said):
    def work(*_: object) -> dict[str, object]:
        raise raised

    monkeypatch.setattr(child, "_predict", work)
    answers: list[dict[str, object]] = []
    serve(
        {"verb": "predict", "library": "/library"},
        lambda event, **values: answers.append({"event": event, **values}),
        lambda: False,
    )
    (answer,) = answers
    error = error_from(answer)
    assert type(error) is kind
    assert said in error.message
    assert "long story" not in error.message


def test_what_libraries_print_does_not_disturb_the_answers():
    noisy = (
        "import os, segstudio.child as child\n"
        "child._predict = lambda *_: (print('a library talks'), os.system('echo so does C'), {})[2]\n"
        "child.main()"
    )
    answer, errors = _ask([sys.executable, "-c", noisy])
    assert answer == {"id": 1, "event": "result"}
    assert "a library talks" in errors
    assert "so does C" in errors


def test_a_frozen_app_starts_itself_as_its_child(monkeypatch):
    assert child_command()[-2:] == ["-m", "segstudio.child"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert child_command() == [sys.executable, CHILD_FLAG]


def test_the_app_called_as_a_child_is_one():
    answer, _ = _ask([sys.executable, "-m", "segstudio", CHILD_FLAG])
    assert answer["event"] == "error"
    assert "holds no model" in answer["message"]


def _ask(command: list[str]) -> tuple[dict[str, Any], str]:
    """The answer of a child to one request, and what it wrote to stderr until it ended."""
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write('{"id": 1, "verb": "predict", "model": "/nowhere"}\n')
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        _, errors = process.communicate()
    assert process.returncode == 0
    return answer, errors


@pytest.mark.slow
def test_what_a_reader_corrected_is_known_though_nobody_said_what_the_model_had_drawn(tmp_path, ball_scan, ball_spec):
    from segstudio.inference.predict import predict
    from segstudio.library import Library
    from segstudio.networks.weights import load_model, new_network, save_model
    from segstudio.tasks.train import Lessons

    (tmp_path / "ball").mkdir()
    save_model(tmp_path / "ball", ball_spec, new_network(ball_spec))
    library = Library.open(tmp_path / "library")
    model = library.import_model(tmp_path / "ball")
    volume, labels = ball_scan(0)
    case = library.add_case(volume, patient="a")
    library.submit(case, labels, reader="r", model="ball@1")
    job = library.add_job("fine-tune", "ball", {"minutes": 1, "seed": 0})
    job = library.claim_job() or job
    lesson = Lessons(library, job, "cpu").train[0].load()
    drawn = predict(volume, load_model(model.folder), device="cpu").labels.labels
    assert lesson.predicted is not None
    assert (lesson.predicted == drawn).all()
    library.close()
