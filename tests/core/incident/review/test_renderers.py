"""Page and Markdown as text: well formed and bounded whatever strangers have written; what a browser makes of them is in tests/browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.incident.incident import Moment
from functions.core.incident.review.axis import axis
from functions.core.incident.review.curve_drawing import curve_drawing, number
from functions.core.incident.review.labels import Label, place
from functions.core.incident.review.lanes_drawing import lanes_drawing
from functions.core.incident.review.markdown import markdown
from functions.core.incident.review.page import page
from functions.core.incident.review.review import Curve, Review
from tests.reviewed import DETECTED, LINES, RUNS, STORY, after, curve, line, review

WORDS = st.text(min_size=1, max_size=40) | st.sampled_from(
    ["<script>alert(1)</script>", "](javascript:alert(1))", "\u202egpj.exe", "x" * 9000]
)


def drawings(found: Review) -> Iterator[ElementTree.Element]:
    yield from (ElementTree.fromstring(svg) for svg in (lanes_drawing(found), curve_drawing(found)) if svg)


def hostile(word: str) -> Review:
    """The busy incident with a stranger's word wherever one may stand."""
    runs = tuple(
        replace(
            one, alarm=replace(one.alarm, name=word, reason=word), target=word, remediation=word, guards={word: word},
            steps=tuple(replace(step, note=word) for step in one.steps),
            plan={**(one.plan or {}), "reason": word, "lines": [word, word]} if one.plan else None,
        )
        for one in RUNS
    )  # fmt: skip
    story = replace(STORY, runs=runs, lines=tuple(replace(one, text=f"{word} {one.text}") for one in LINES))
    taken = Moment(at=after(19), by=word)
    shown = replace(curve(), name=word)
    return review(story, shown=shown, title=word, service=word, environment=word, severity_why=word, acknowledged=taken)


@settings(max_examples=40, deadline=None)
@given(word=WORDS)
def test_a_strangers_word_never_becomes_a_tag(word: str) -> None:
    plain, found = re.findall(r"<[a-z/!][^<>]*", page(review())), re.findall(r"<[a-z/!][^<>]*", page(hostile(word)))
    assert {tag.split()[0] for tag in found} <= {tag.split()[0] for tag in plain}
    assert len(list(drawings(hostile(word)))) == 2


@settings(max_examples=40, deadline=None)
@given(word=WORDS)
def test_a_strangers_word_opens_no_line_and_no_tag_in_markdown(word: str) -> None:
    text = markdown(hostile(word))
    assert len(text.splitlines()) == len(markdown(hostile("x")).splitlines())
    assert "<" not in text and not re.search(r"(?<!\\)(\]\(|!\[)", text)


@pytest.mark.parametrize(
    "word",
    ["https://evil.example", "HTTP://evil.example", "www.evil.example", "WWW.evil", "a@evil.example", "#12", "@ops"],
)
def test_what_renderers_make_a_link_of_by_themselves_is_broken(word: str) -> None:
    """By GitHub Flavored Markdown, section 6.9; a renderer may look for them after it has taken backslashes away."""
    bare = markdown(hostile(word)).replace("\\", "")
    assert word not in bare and word in bare.replace("\u200b", "")


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\x7f"])
def test_signs_that_turn_or_hide_text_are_gone(sign: str) -> None:
    assert sign not in page(hostile(f"a{sign}b"))
    assert f"a{sign}b" not in markdown(hostile(f"a{sign}b"))


def test_the_page_may_load_nothing_and_names_the_hash_of_its_style() -> None:
    html = page(review())
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy and policy[1].startswith("default-src &#x27;none&#x27;; base-uri") and "sha256-" in policy[1]
    assert not re.search(r"(src|href|url|@import|style=|<script|<iframe|<link)", html.split("</style>")[1])


def test_thousands_of_lines_and_points_give_a_page_of_bounded_size() -> None:
    lines = tuple(line(n / 100, "update", f"{n} {'x' * 300}") for n in range(6000))
    points = tuple((after(n / 100), float(n % 977)) for n in range(9000))
    found = review(replace(STORY, lines=lines), shown=replace(curve(), points=points))
    assert len(page(found)) < 400_000
    assert "5603 lines left out" in page(found) and "5603 lines left out" in markdown(found)
    drawn = curve_drawing(found)
    assert drawn.count("L") + drawn.count("M") < 1700 and drawn.count('<path class="curve" d="M') == 1


def test_the_drawing_has_the_lines_that_the_table_leaves_out() -> None:
    lines = tuple(line(n, "update", str(n)) for n in range(2000))
    found = review(replace(STORY, lines=lines), resolved=Moment(at=after(2000), by="first-responder"))
    people = [mark for mark in next(drawings(found)).iter("circle") if mark.get("class") == "mark people"]
    assert len(people) > 160
    assert sum(int(str(mark.findtext("title")).split()[0]) for mark in people) == 2000


def test_what_is_written_after_the_end_does_not_squeeze_the_drawing() -> None:
    back = replace(RUNS[4], id="back", gives_back=RUNS[4].id, opened_at=after(9000), phase_since=after(9010))
    later = replace(
        STORY, lines=(*LINES, line(9000, "reviewed", "Ann Example has agreed the review")), runs=(*RUNS, back)
    )
    then, now = (lanes_drawing(review(story)).split(">", 1)[1] for story in (STORY, later))
    assert then == now
    assert "Ann Example has agreed the review" in page(review(later))


def test_a_peak_survives_when_points_are_thinned() -> None:
    points = [(after(n / 100), 1.0) for n in range(9000)]
    points[4321] = (points[4321][0], 1000.0)
    drawn = curve_drawing(review(shown=Curve(name="m", points=tuple(points)))).split(' d="')[1].split('"')[0]
    heights = {float(y) for _, y in re.findall(r"[ML](\S+) ([\d.]+)", drawn)}
    assert len(heights) == 2


@pytest.mark.parametrize(
    "end", [timedelta(), timedelta(seconds=7), timedelta(minutes=9), timedelta(days=9), timedelta(days=900)]
)
def test_an_incident_of_any_length_has_a_readable_axis(end: timedelta) -> None:
    time = axis([DETECTED, DETECTED + end], 100, 900)
    ticks = list(time.ticks())
    assert 1 <= len(ticks) <= 10 and len({label for _, label in ticks}) == len(ticks)
    assert all(100 <= x <= 900 for x, _ in ticks)
    assert 100 <= time.x(DETECTED) <= time.x(DETECTED + end) <= 900


def test_all_at_one_instant_can_be_drawn() -> None:
    now = Moment(at=DETECTED, by="first-responder")
    lines = tuple(line(0, "update", str(n)) for n in range(50))
    found = review(
        replace(STORY, lines=lines, runs=()), mitigated=now, resolved=now, acknowledged=now, response_due=DETECTED
    )
    root = next(drawings(found))
    marks = list(root.iter("circle"))
    assert [mark.findtext("title") for mark in marks] == ["50 lines"]


def test_labels_of_the_same_moment_stand_on_rows_of_their_own() -> None:
    placed = place([Label(500, "Detected 12:00:00", "milestone")] * 4, 96, 948)
    assert [one.row for one in placed] == [0, 1, 2, 3]
    assert [one.end for one in place([Label(940, "Resolved 12:00:00", "milestone")], 96, 948)] == [True]


def test_a_target_beyond_the_end_stands_at_the_edge_without_a_line() -> None:
    svg = lanes_drawing(review())
    assert "Resolution due 16:00:10, later" in svg
    assert len(re.findall(r'<line class="(due|late)"', svg)) == 1


def test_nothing_is_drawn_over_a_gap_and_what_is_no_number_is_left_out() -> None:
    points = tuple((after(n), float("nan") if n == 2 else 5.0) for n in (0, 1, 2, 10, 11))
    path = re.search(r'<path class="curve" d="([^"]*)"', curve_drawing(review(shown=Curve(name="m", points=points))))
    assert path and [part[0] for part in path[1].split(" ") if part[0] in "ML"] == ["M", "L", "M", "L"]


@pytest.mark.parametrize("value", [0.0, 5.0, -3.5, 1e-9, 7e13])
def test_a_flat_metric_has_a_scale(value: float) -> None:
    found = review(shown=Curve(name="m", points=((after(0), value),), threshold=value, above=True))
    assert len(list(drawings(found))) == 2


def test_numbers_of_an_axis_are_short() -> None:
    assert [number(value) for value in (0, 0.25, 950, 1500, 2.5e6, -4e9)] == ["0", "0.25", "950", "1.5k", "2.5M", "-4G"]


def test_a_missing_metric_is_told_in_both_forms() -> None:
    found = review(shown=Curve(name="", missing="CloudWatch did not give it: AccessDenied"))
    assert "The alarm's metric is not shown: CloudWatch did not give it: AccessDenied." in page(found)
    assert "metric is not shown: CloudWatch did not give it\\: AccessDenied" in markdown(found)


def test_both_forms_say_whether_it_is_agreed_and_for_whom_it_is() -> None:
    agreed = review(reviewed=Moment(at=after(900), by="Ann Example"))
    assert "Agreed by Ann Example at 2026-11-24 03:00:10 UTC." in page(agreed) and "Agreed by Ann Example" in markdown(
        agreed
    )
    assert "A draft: nobody has agreed it yet." in page(review()) and "nobody has agreed it yet" in markdown(review())
