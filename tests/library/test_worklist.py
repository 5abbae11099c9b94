"""The list of cases: filtered, searched, ordered and paged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segstudio.errors import LibraryError
from segstudio.library import Library, Query


@pytest.fixture
def listed(library, scan) -> Library:
    """Five cases: CT and MR, with scanners and priorities."""
    for seed in range(5):
        library.add_case(
            scan(seed),
            patient=str(seed),
            modality="CT" if seed % 2 else "MR",
            scanner="Siemens Avanto" if seed < 2 else "GE Signa",
            priority=seed % 3,
        )
    return library


def numbers(library: Library, **wish) -> list[int]:
    rows = library.page(Query(**wish))
    assert [row.id for row in rows] == library.ids(Query(**wish))
    assert len(rows) == library.count(Query(**wish))
    return [row.id for row in rows]


def test_pages_follow_each_other(listed):
    assert [row.id for row in listed.page(Query(), 0, 2)] == [1, 2]
    assert [row.id for row in listed.page(Query(), 2, 2)] == [3, 4]
    assert listed.page(Query(), 9) == []


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"modality": "CT"}, [2, 4]),
        ({"text": "siemens"}, [1, 2]),
        ({"text": "signa CT"}, [4]),
        ({"text": "3"}, None),
        ({"text": "100%"}, []),
        ({"text": "_"}, []),
        ({"status": ("new",)}, [1, 2, 3, 4, 5]),
        ({"status": ("rejected", "flagged")}, []),
        ({"reader": "nobody"}, []),
        ({"order": "priority"}, [3, 2, 5, 1, 4]),
        ({"order": "date", "descending": True}, [5, 4, 3, 2, 1]),
    ],
)
def test_cases_are_found_by_what_is_known_of_them(listed, wish, found):
    if found is None:
        assert 3 in numbers(listed, **wish)
    else:
        assert numbers(listed, **wish) == found


def test_a_pseudonym_finds_its_case(listed):
    row = listed.row(4)
    assert 4 in numbers(listed, text=row.pseudonym)


def test_chance_has_a_seed(listed):
    orders = {tuple(numbers(listed, order="random", seed=seed)) for seed in range(8)}
    assert all(sorted(order) == [1, 2, 3, 4, 5] for order in orders)
    assert len(orders) > 4
    assert numbers(listed, order="random", seed=3) == numbers(listed, order="random", seed=3)


def test_cases_without_a_prediction_come_last_by_benefit(listed):
    with listed._writing() as connection:
        connection.execute("UPDATE cases SET benefit = 0.2 WHERE id = 4")
        connection.execute("UPDATE cases SET benefit = 0.7 WHERE id = 5")
    assert numbers(listed, order="benefit")[:2] == [5, 4]
    assert numbers(listed, order="benefit", descending=True)[:2] == [4, 5]


def test_every_case_has_a_small_picture(listed):
    pictures = listed.thumbnails([1, 5, 77])
    assert set(pictures) == {1, 5}
    assert all(png.startswith(b"\x89PNG") for png in pictures.values())


def test_a_model_filters_by_its_name_alone(listed, mask, scan):
    listed.store_prediction(listed.case(2), "liver@3", mask(scan(1)))
    listed.store_prediction(listed.case(3), "liver-fat@1", mask(scan(2)))
    assert numbers(listed, model="liver") == [2]


def test_what_a_model_drew_comes_back_as_it_was(listed, mask, scan):
    drawn = mask(scan(1))
    listed.store_prediction(listed.case(2), "liver@3", drawn, seconds=2.0, device="CPU")
    found = listed.prediction(2)
    assert (found.labels.labels == drawn.labels).all()
    assert (found.model, found.labels.classes, found.doubt) == ("liver@3", drawn.classes, None)
    assert listed.row(2).status == "predicted"
    assert listed.prediction(1) is None
    assert listed.without_prediction("liver@3", [1, 2]) == [1]


def test_a_mask_that_is_only_compared_is_not_offered(listed, mask, scan):
    listed.store_prediction(listed.case(2), "liver@3", mask(scan(1)), offered=False)
    assert listed.row(2).status == "new"
    assert listed.prediction(2) is None
    assert listed.prediction(2, "liver@3") is not None


def test_a_damaged_mask_is_told(listed, mask, scan):
    listed.store_prediction(listed.case(2), "liver@3", mask(scan(1)))
    (file,) = (listed.folder / "predictions").iterdir()
    file.chmod(0o644)
    file.write_bytes(b"harm")
    with pytest.raises(LibraryError, match="case 2") as error:
        listed.prediction(2)
    assert "Predict" in error.value.hint


def test_an_unknown_case_is_told(listed):
    with pytest.raises(LibraryError, match="no case 77"):
        listed.row(77)


def test_statuses_are_counted(listed):
    assert listed.statuses() == {**dict.fromkeys(listed.statuses(), 0), "new": 5}
    assert listed.modalities() == ["CT", "MR"]


def test_a_query_is_plain_data():
    assert replace(Query(), text="a") == Query(text="a")
