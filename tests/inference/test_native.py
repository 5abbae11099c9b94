import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from segstudio.inference.native import TO_NATIVE, to_native

sides = st.tuples(*(st.integers(1, 9),) * 3)


@given(sides, st.tuples(*(st.integers(1, 20),) * 3), st.integers(0, 2**31), st.floats(-3, 3))
def test_a_mask_on_another_grid_is_that_of_interpolated_logits(shape, native, seed, background):
    logits = torch.randn((4, *shape), generator=torch.Generator().manual_seed(seed))
    logits[0] += background
    wanted = torch.nn.functional.interpolate(logits[None], size=native, mode="trilinear")[0].double()
    found = torch.from_numpy(to_native(logits, native).astype(np.int64))
    taken = wanted.gather(0, found[None])[0]
    assert (wanted.amax(0) - taken).max() < 1e-5  # what is taken is the largest, but for rounding


def test_where_nothing_is_drawn_the_mask_is_empty():
    logits = torch.zeros(3, 4, 4, 4)
    logits[0] = 1
    assert not to_native(logits, (9, 3, 5)).any()


def test_how_far_drawing_is_is_told():
    logits, told = torch.zeros(2, 4, 4, 4), []
    logits[1] = 1
    to_native(logits, (9, 8, 7), progress=lambda done, what: told.append((done, what)))
    assert told
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {what for _, what in told} == {TO_NATIVE}
