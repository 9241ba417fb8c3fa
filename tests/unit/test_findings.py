"""A finding is the same finding in every process and after every restart."""

import dataclasses

import pytest

from paceline import findings


def test_the_id_is_made_of_kind_and_subject_alone():
    one = findings.Finding("n_plus_one", "GET /orders", "Repeated", findings.Severity.WARNING)
    other = dataclasses.replace(one, title="Said otherwise", severity=findings.Severity.NOTICE, call_site="a.py:1")
    assert one.id == other.id == "33a577ebcd3933c0"
    assert one.id != dataclasses.replace(one, subject="GET /carts").id


def test_kind_and_subject_do_not_run_into_each_other():
    one, other = (findings.Finding(k, s, "", findings.Severity.NOTICE) for k, s in (("a", "bc"), ("ab", "c")))
    assert one.id != other.id


def test_a_finding_cannot_be_changed():
    finding = findings.Finding("a", "b", "c", findings.Severity.CRITICAL, remedy=findings.Remedy("analyze"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.title = "d"
    assert finding.remedy.arguments == {}
