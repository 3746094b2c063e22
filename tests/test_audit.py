"""What the audit of dependencies says, whatever the advisory service answers."""

from tests.audit import is_reachable, judge


def test_an_advisory_fails_the_build_and_names_the_mended_version() -> None:
    code, said = judge(
        [
            {"name": "good", "version": "1", "vulns": []},
            {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["2.1"]}]},
        ]
    )

    assert code == 1
    assert said == [
        "bad 2: CVE-1, mended in 2.1",
        "2 dependencies were asked about, 1 advisories stand",
    ]


def test_what_could_not_be_asked_about_is_never_taken_for_good() -> None:
    code, said = judge([{"name": "one", "skip_reason": "not found"}])

    assert code == 0
    assert said == [
        "NOT AUDITED: one: not found",
        "AUDIT NOT MADE: no dependency could be asked about; this says nothing",
    ]


def test_a_service_that_nobody_runs_is_not_reachable() -> None:
    assert not is_reachable("http://127.0.0.1:1/query")
