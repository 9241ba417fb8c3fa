"""One list by what users wait for; what has no price follows by severity, in a band of its own."""

from paceline import findings
from paceline.engine import ranking


def finding(subject, severity="warning", waiting=None):
    cost = None if waiting is None else findings.Cost(waiting, "1 x 1")
    return findings.Finding("kind", subject, subject, findings.Severity(severity), cost=cost)


def test_priced_findings_come_first_by_waiting_then_the_others_by_severity():
    found = [
        finding("notice", "notice"),
        finding("cheap", "critical", 1.0),
        finding("critical", "critical"),
        finding("dear", "notice", 90.0),
        finding("warning"),
    ]
    ordered = ranking.ranked(found)
    assert [one.subject for one in ordered] == ["dear", "cheap", "critical", "warning", "notice"]
    assert [ranking.band(one) for one in ordered] == ["priced"] * 2 + ["unpriced"] * 3


def test_of_two_with_the_same_id_the_worse_stands():
    found = [finding("a", "notice"), finding("a", "critical"), finding("a", "warning")]
    assert [one.severity for one in ranking.ranked(found)] == ["critical"]


def test_the_order_does_not_hang_on_who_came_first_and_twice_is_once():
    found = [finding("b"), finding("a"), finding("b")]
    assert [one.subject for one in ranking.ranked(found)] == ["a", "b"]
    assert ranking.ranked(found) == ranking.ranked(reversed(found))
