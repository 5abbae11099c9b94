"""A case with what two versions drew of it."""

from __future__ import annotations

from segstudio.imaging import LabelMap
from segstudio.studio import OpenCase
from segstudio.viewer.messages import Action, Message, named
from segstudio.viewer.session import Session


def open_with_both(session: Session, candidate: str, case: int) -> None:
    """Open a case with the reader's mask, and beside it what a candidate and the version before it drew.

    The candidate's mask is compared first; a button in the bar turns to the other one.
    """

    def opened(_found: OpenCase) -> None:
        session.desk.do(
            lambda: session.studio.versions.masks(candidate, case),
            shown,
            lambda error: session.said.emit(Message.of(error)),
        )

    def shown(masks: tuple[LabelMap | None, LabelMap | None]) -> None:
        entry = session.studio.library.model(candidate)
        names = (str(entry.spec.metrics.get("compared_with", "")), candidate)
        kept = [(named(name), mask) for name, mask in zip(names, masks, strict=True) if mask is not None]
        if not kept:
            session.said.emit(Message("What the versions drew of this case is not kept.", "Let them predict again."))
            return
        compare_in_turn(session, kept[::-1])

    session.open_case(case, then=opened)


def compare_in_turn(session: Session, masks: list[tuple[str, LabelMap]]) -> None:
    """Compare the mask that is open with the first of these; the bar offers the next one."""
    (name, mask), *others = masks
    session.compare_wanted.emit(mask, name)
    turn = tuple(Action(f"Show {each[0]}", lambda: compare_in_turn(session, [*others, masks[0]])) for each in others)
    text = f"The reader's mask, and where {name} differs from it."
    session.said.emit(Message(text, "N goes from place to place.", actions=turn, stays=True))
