"""A signed link: looking never acts, a POST answers once, and who has no good link learns nothing and does no harm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.decision import Plan
from functions.lifecycle.answer_page import closed_page
from functions.lifecycle.http_request import LONGEST_BODY
from tests.desk import Desk, Page
from tests.toy import BreakSeal, TurnDial, TurnDialsUp

_HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(1)>\"' onmouseover=alert(1)\u202e\x1b"


class BreaksTheSeal(TurnDialsUp):
    seals: ClassVar = (TurnDial, BreakSeal)
    temporary: ClassVar = timedelta(hours=2)


def refused(page: Page, status: int) -> bool:
    """The one page for whoever has no good link: it says nothing about any run."""
    return (page.status, page.body) == (status, closed_page())


def test_looking_shows_the_plan_and_never_acts(desk: Desk) -> None:
    desk.use(BreaksTheSeal())
    desk.dials.cost = Decimal("12.30")
    run = desk.propose(alarm="pressure is high")
    before = desk.house.run(run)
    pages = [desk.get(desk.token(run)) for _ in range(3)]
    for shown in (
        "arn:aws:dial:eu-west-1:123456789012:dial/a",
        "pressure is high",
        "USD 12.30 a month, at list prices",
        "120 minutes, then it is taken back",
        "2026-11-23 13:00 UTC",
        "turn dial a from 2 to 1",
        "none: a broken seal stays broken",
        desk.plan_of(run),
    ):
        assert shown in pages[0].words, shown
    assert {page.status for page in pages} == {200}
    assert (desk.house.run(run), desk.wakes(), desk.dials.turns) == (before, [], [])


def test_what_cannot_be_taken_back_stands_above_the_form(desk: Desk) -> None:
    desk.use(BreaksTheSeal())
    page = desk.get(desk.token(desk.propose()))
    warned = page.words.index("Cannot be taken back")
    assert page.words[warned:].startswith("Cannot be taken backturn dial b from 1 to 2: a broken seal stays broken")
    assert warned < page.words.index("Your name")
    desk.use(TurnDialsUp())
    assert "Cannot be taken back" not in desk.get(desk.token(desk.propose("b", alarm="other"))).words


@pytest.mark.parametrize("encoded", [True, False])
def test_a_post_approves_and_the_change_is_made(desk: Desk, encoded: bool) -> None:
    run = desk.propose()
    page = desk.post(desk.token(run), by="Zoë O'Neil", reason="go & fix", encoded=encoded)
    assert page.status == 200
    assert f"approved by Zoë O'Neil: plan {desk.plan_of(run)}" in page.words
    assert desk.dials.turns == []
    assert desk.house.follow(desk.wake()).decision == "recovered"
    assert desk.dials.turns == [("a", 2), ("b", 2)]
    assert any(line.endswith(": go & fix") and "Zoë O'Neil approved" in line for line in desk.said(run))


def test_a_post_declines_and_nothing_is_changed(desk: Desk) -> None:
    run = desk.propose()
    page = desk.post(desk.token(run), answer="decline")
    assert (page.status, "Nothing is changed" in page.words) == (200, True)
    assert (desk.wake().decision, desk.dials.turns) == ("declined", [])


def test_a_link_is_used_once(desk: Desk) -> None:
    run = desk.propose()
    token = desk.token(run)
    assert desk.post(token).status == 200
    assert refused(desk.get(token), 409)
    assert refused(desk.post(token, by="bob"), 409)
    assert refused(desk.post(token, by=""), 409)
    desk.house.follow(desk.wake())
    assert refused(desk.get(token), 409)
    assert refused(desk.post(token), 409)
    assert len(desk.wakes()) == 1


def test_a_second_click_of_the_same_person_is_no_second_answer(desk: Desk) -> None:
    run = desk.propose()
    token = desk.token(run)
    assert [desk.post(token).status for _ in range(2)] == [200, 200]
    assert (len(desk.wakes()), sum(line.startswith("approved:") for line in desk.said(run))) == (1, 1)


def test_a_link_is_over_with_its_proposal(desk: Desk) -> None:
    run = desk.propose()
    token = desk.token(run)
    desk.clock.move(timedelta(minutes=59, seconds=59))
    assert desk.get(token).status == 200
    desk.clock.move(timedelta(seconds=1))
    assert refused(desk.get(token), 410)
    assert refused(desk.post(token), 410)
    assert desk.wakes() == []


def test_a_link_is_over_at_its_own_end_too(desk: Desk) -> None:
    run = desk.propose()
    assert refused(desk.post(desk.token(run, until=desk.clock.now())), 410)


def test_a_link_of_another_plan_is_refused(desk: Desk) -> None:
    token = desk.token(desk.propose(), plan_hash="0" * 16)
    assert refused(desk.get(token), 409)
    assert refused(desk.post(token), 409)
    assert desk.wakes() == []


def test_a_plan_that_was_proposed_anew_needs_a_new_link(desk: Desk) -> None:
    run = desk.propose()
    old = desk.token(run)
    desk.post(old)
    desk.dials.value["a"] = 5
    desk.clock.move(timedelta(minutes=1))
    assert desk.wake().decision == "waiting_for_answer"
    assert refused(desk.get(old), 409)
    assert refused(desk.post(old), 409)
    assert desk.post(desk.token(run), by="bob").status == 200
    assert desk.house.follow(desk.wake()).decision == "recovered"
    assert desk.dials.turns == [("a", 6), ("b", 2)]


def test_a_used_link_does_not_come_to_life_again_when_the_first_plan_does(desk: Desk) -> None:
    run = desk.propose()
    old, first = desk.token(run), desk.plan_of(run)
    desk.post(old)
    for value in (5, 1):
        desk.clock.move(timedelta(minutes=1))
        desk.dials.value["a"] = value
        assert desk.wake().decision == "waiting_for_answer"
        if value == 5:
            desk.post(desk.token(run))
    assert desk.plan_of(run) == first
    assert refused(desk.post(old), 409)


def test_a_forged_link_is_refused(desk: Desk) -> None:
    run = desk.propose()
    desk.clock.move(timedelta(minutes=2))
    assert refused(desk.get(desk.token(run, key="x" * 64)), 403)
    body, _, _ = desk.token(run, named="mallory").partition(".")
    _, _, signature = desk.token(run).partition(".")
    assert refused(desk.post(f"{body}.{signature}"), 403)
    assert desk.wakes() == []


def test_a_link_to_what_is_not_on_record_is_refused(desk: Desk) -> None:
    assert refused(desk.get(desk.token(desk.propose(), run="toy-other")), 410)


@pytest.mark.parametrize("token", ["", "x", "a.b", "é" * 10, "a" * 5000])
def test_what_is_no_token_is_refused(desk: Desk, token: str) -> None:
    assert refused(desk.get(token), 400)
    assert refused(desk.post(token), 400)


def test_a_replaced_key_is_taken_up_and_voids_the_links_of_the_old_one(desk: Desk) -> None:
    run = desk.propose()
    old, new = desk.token(run), desk.token(run, key="n" * 64)
    assert desk.get(old).status == 200
    desk.secrets.put_secret_value(SecretId=desk.secret, SecretString="n" * 64)
    desk.clock.move(timedelta(minutes=1))
    assert desk.get(new).status == 200
    assert refused(desk.get(old), 403)


def test_a_link_for_a_named_person_is_answered_in_no_other_name(desk: Desk) -> None:
    run = desk.propose()
    token = desk.token(run, named="Zoë")
    assert "by" not in desk.get(token).fields
    assert "You answer as Zoë." in desk.get(token).words
    desk.post(token, by="mallory")
    verdict = desk.house.run(run).verdict
    assert verdict is not None
    assert verdict.by == "Zoë"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"by": ""}, "Your name has to be a text of 1 to 100 characters"),
        ({"by": "   "}, "Your name has to be"),
        ({"by": "a" * 101}, "Your name has to be"),
        ({"by": "ann\r\nbob"}, "Your name has to be"),
        ({"reason": "r" * 501}, "The reason has to be a text of 1 to 500 characters"),
        ({"answer": "maybe"}, "The answer has to be approve | decline"),
    ],
)
def test_a_form_that_is_not_understood_is_shown_again(desk: Desk, fields: dict[str, str], complaint: str) -> None:
    run = desk.propose()
    page = desk.post(desk.token(run), **fields)
    assert page.status == 400
    assert complaint in page.words
    assert {"token", "by", "reason", "answer=approve", "answer=decline"} <= page.fields.keys()
    assert desk.wakes() == []


def test_strangers_words_make_no_markup(desk: Desk) -> None:
    class Hostile(TurnDialsUp):
        def plan(self, found: Any, policy: Any) -> Any:
            plan = super().plan(found, policy)
            assert isinstance(plan, Plan)
            return replace(plan, reason=_HOSTILE * 50, ask_first=_HOSTILE)

    harmless = desk.get(desk.token(desk.propose("b", alarm="b")))
    desk.use(Hostile())
    run = desk.propose("a", alarm=_HOSTILE)
    token = desk.token(run, named=_HOSTILE)
    page = desk.get(token)
    assert "<script>alert(1)</script><img src=x onerror=alert(1)>" in page.words
    assert not set(page.tags) - set(harmless.tags) - {"strong"}
    assert not page.attributes - harmless.attributes
    assert not {"\u202e", "\x1b"} & set(page.body)
    assert len(page.body) < len(harmless.body) + 5000
    assert "script" not in desk.post(token).tags


def test_the_page_loads_nothing_runs_nothing_and_is_kept_by_nobody(desk: Desk) -> None:
    run = desk.propose()
    for page in (desk.get(desk.token(run)), desk.post(desk.token(run)), desk.get("x")):
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        assert {"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert not {"script", "img", "link", "iframe"} & set(page.tags)
        assert not {"style", "src"} & page.attributes


@pytest.mark.parametrize("path", ["/favicon.ico", "/approve", "", "//", None])
def test_there_is_one_path(desk: Desk, path: str | None) -> None:
    token = desk.token(desk.propose())
    assert refused(desk.request({"rawPath": path, "queryStringParameters": {"token": token}}, "GET"), 404)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "get", ""])
def test_there_are_two_methods(desk: Desk, method: str) -> None:
    token = desk.token(desk.propose())
    page = desk.request({"rawPath": "/", "queryStringParameters": {"token": token}}, method)
    assert refused(page, 405)
    assert page.headers["Allow"] == "GET, POST"


def test_a_body_has_its_limit(desk: Desk) -> None:
    run = desk.propose()
    assert refused(desk.post(desk.token(run), more="x" * LONGEST_BODY), 413)
    assert refused(desk.post(desk.token(run), more="x" * LONGEST_BODY, encoded=False), 413)
    assert desk.post(desk.token(run), more="x" * (LONGEST_BODY // 2)).status == 200


@pytest.mark.parametrize(
    "event",
    [
        {"body": "not base64!", "isBase64Encoded": True},
        {"body": "/w==", "isBase64Encoded": True},
        {"body": "token=%ff", "isBase64Encoded": False},
        {"body": "token=a&token=b", "isBase64Encoded": False},
        {"body": "&".join(f"f{n}=1" for n in range(50)), "isBase64Encoded": False},
        {"body": None},
        {"body": {"token": "x"}},
        {},
    ],
)
def test_a_broken_body_is_refused(desk: Desk, event: dict[str, Any]) -> None:
    assert refused(desk.request({"rawPath": "/", **event}, "POST"), 400)


def test_a_form_with_two_answers_is_none(desk: Desk) -> None:
    run = desk.propose()
    body = f"token={desk.token(run)}&by=ann&answer=decline&answer=approve"
    assert refused(desk.request({"rawPath": "/", "body": body}, "POST"), 400)
    assert desk.house.run(run).verdict is None


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    event=st.fixed_dictionaries(
        {},
        optional={
            "rawPath": st.just("/") | _JUNK,
            "queryStringParameters": st.fixed_dictionaries({}, optional={"token": _JUNK}) | _JUNK,
            "body": st.sampled_from(["token=a", "token=a&answer=approve", "=%"]) | _JUNK,
            "isBase64Encoded": _JUNK,
            "headers": _JUNK,
        },
    ),
    method=st.sampled_from(["GET", "POST"]) | st.text(max_size=5),
)
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_request_of_a_stranger_makes_the_function_fail(desk: Desk, event: dict[str, Any], method: str) -> None:
    assert desk.request(event, method).status in {400, 403, 404, 405, 413}


def test_neither_links_nor_tokens_nor_the_key_are_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    run = desk.propose()
    token = desk.token(run)
    desk.get(token)
    desk.post(token)
    desk.post(token, by="bob")
    desk.get(desk.token(run, key="x" * 64))
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert "approved by ann" in logged
    assert token not in logged
    assert token.partition(".")[2] not in logged
    assert "kkkk" not in logged
