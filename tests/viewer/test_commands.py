"""The table of commands: each once, each with words and its icon."""

from segstudio import paths
from segstudio.viewer.commands import TABLE, commands


def test_every_command_is_named_once_and_says_what_it_does():
    every = list(commands())
    assert len({each.name for each in every}) == len(every)
    assert all(each.tip and each.text for each in every)


def test_every_icon_of_the_table_is_there():
    assert not [each.icon for each in commands() if each.icon and not icon_file(each.icon).is_file()]


def icon_file(name):
    return paths.resources() / "icons" / f"{name}.svg"


def test_menus_within_menus_belong_to_one():
    outer = {name for name in TABLE if "/" not in name}
    assert {name.partition("/")[0] for name in TABLE} == outer
