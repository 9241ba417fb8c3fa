"""Each mistake that lives in the database is one index; see tests/postgres/test_shop_mistakes.py for the database."""

from __future__ import annotations

from paceline.demo import mistakes, schema, switching


def test_each_mistake_of_the_database_has_one_index_and_no_other_mistake_has():
    switched = [switch.mistake for switch in switching.switches()]
    assert switched == [mistake.name for mistake in mistakes.INDEX_MISTAKES]
    assert len({switch.index.name for switch in switching.switches()}) == len(switched)


def test_a_missing_index_is_there_while_its_mistake_is_out_and_a_surplus_one_while_it_is_in():
    for switch in switching.switches():
        assert switch.surplus == (switch.mistake in {mistakes.UNUSED_INDEX, mistakes.DUPLICATE_INDEX})
        assert switch.wanted({switch.mistake}) == switch.surplus
        assert switch.wanted(mistakes.ALL - {switch.mistake}) != switch.surplus


def test_the_indexes_are_not_made_with_the_tables():
    switched = {switch.index.name for switch in switching.switches()}
    made = {index.name for table in schema.Base.metadata.tables.values() for index in table.indexes}
    assert not switched & made
