"""Business time: over nights, weekends, holidays and changes of the clock; and that a calendar with a mistake is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.errors import InvalidSetting
from functions.core.incident.calendar import MIDNIGHT, Calendar
from functions.core.incident.calendar_file import read_calendar

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = (time(9), time(17))
WEEK = Calendar(zone=BERLIN, hours=dict.fromkeys(range(5), OFFICE), holidays={date(2026, 12, 25): "Christmas Day"})
DAY = Fraction(1)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("since", "days", "until"),
    [
        ("2026-11-30 10:15", DAY, "2026-12-01 10:15"),  # a Monday: the same point of the next day
        ("2026-11-30 09:00", DAY, "2026-11-30 17:00"),  # a whole day ends at its close
        ("2026-11-30 07:00", DAY, "2026-11-30 17:00"),  # before hours: from the opening
        ("2026-11-30 17:00", DAY, "2026-12-01 17:00"),  # at the close: from the next opening
        ("2026-11-30 22:00", DAY, "2026-12-01 17:00"),
        ("2026-12-04 15:00", DAY, "2026-12-07 15:00"),  # over a weekend
        ("2026-12-05 12:00", DAY, "2026-12-07 17:00"),  # from a Saturday
        ("2026-12-24 15:00", DAY, "2026-12-28 15:00"),  # over a holiday and the weekend after it
        ("2026-12-25 12:00", DAY, "2026-12-28 17:00"),  # from a holiday
        ("2026-12-04 15:00", DAY / 2, "2026-12-07 11:00"),  # half a day is four hours: two on Friday, two on Monday
        ("2026-12-04 15:00", DAY * 3, "2026-12-09 15:00"),
        ("2026-10-23 15:00", DAY, "2026-10-26 15:00"),  # over the end of daylight saving, on a Sunday
        ("2026-03-27 15:00", DAY, "2026-03-30 15:00"),  # and over its beginning
    ],
)
def test_a_business_day(since: str, days: Fraction, until: str) -> None:
    found = WEEK.after(berlin(since), days)
    assert found == berlin(until)
    assert found.utcoffset() == timedelta()


def test_days_of_unequal_length_count_alike() -> None:
    week = Calendar(zone=BERLIN, hours={**dict.fromkeys(range(4), OFFICE), 4: (time(9), time(13))}, holidays={})
    assert week.after(berlin("2026-12-03 13:00"), DAY) == berlin(
        "2026-12-04 11:00"
    )  # from half of one to half of the other
    assert week.after(berlin("2026-12-04 12:00"), DAY) == berlin("2026-12-07 15:00")


def test_a_working_day_in_which_the_clock_is_changed_is_as_long_as_it_is() -> None:
    always = Calendar(zone=BERLIN, hours=dict.fromkeys(range(7), (MIDNIGHT, MIDNIGHT)), holidays={})
    start = berlin("2026-10-25 00:00").astimezone(UTC)  # 25 hours
    assert always.after(start, DAY) - start == timedelta(hours=25)
    assert always.after(start, DAY / 2) - start == timedelta(hours=12, minutes=30)
    start = berlin("2026-03-29 00:00").astimezone(UTC)  # 23 hours
    assert always.after(start, DAY) - start == timedelta(hours=23)


def test_working_hours_that_the_clock_jumps_over_are_none() -> None:
    night = Calendar(zone=BERLIN, hours=dict.fromkeys(range(7), (time(2, 30), time(3, 15))), holidays={})
    assert night.after(berlin("2026-03-29 01:00"), DAY) == berlin("2026-03-30 03:15")


MOMENTS = st.timedeltas(timedelta(), timedelta(days=730)).map(datetime(2026, 1, 1, tzinfo=UTC).__add__)
DAYS = st.fractions(Fraction(1, 100), 7)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago"]
)
SPANS = st.tuples(st.integers(0, 22), st.integers(1, 24)).filter(lambda span: span[0] < span[1])


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours = draw(st.dictionaries(st.integers(0, 6), SPANS, min_size=1))
    holidays = draw(st.sets(st.dates(date(2026, 1, 1), date(2028, 1, 31)), max_size=40))
    return Calendar(
        zone=ZoneInfo(draw(ZONES)),
        hours={day: (time(opens), time(closes % 24)) for day, (opens, closes) in hours.items()},
        holidays=dict.fromkeys(holidays, "a day off"),
    )


@given(calendars(), MOMENTS, DAYS)
def test_it_never_ends_outside_working_hours(calendar: Calendar, since: datetime, days: Fraction) -> None:
    until = calendar.after(since, days)
    assert until > since
    just_before = (until - timedelta(microseconds=1)).astimezone(calendar.zone)
    assert just_before.date() not in calendar.holidays
    opens, closes = calendar.hours[just_before.weekday()]
    assert datetime.combine(just_before.date(), opens, calendar.zone) <= until
    assert closes == MIDNIGHT or until <= datetime.combine(just_before.date(), closes, calendar.zone)


@given(calendars(), MOMENTS, DAYS, st.timedeltas(timedelta(), timedelta(days=10)), DAYS)
def test_who_begins_later_or_takes_longer_ends_later(
    calendar: Calendar, since: datetime, days: Fraction, later: timedelta, longer: Fraction
) -> None:
    until = calendar.after(since, days)
    assert until <= calendar.after(since + later, days)
    assert until < calendar.after(since, days + longer)


@given(calendars(), MOMENTS, DAYS, DAYS)
def test_two_spans_one_after_the_other_are_as_long_as_both(
    calendar: Calendar, since: datetime, one: Fraction, other: Fraction
) -> None:
    stepwise = calendar.after(calendar.after(since, one), other)
    assert abs(stepwise - calendar.after(since, one + other)) <= timedelta(microseconds=50)


FILE: dict[str, Any] = {
    "time-zone": "Europe/Berlin",
    "working-hours": {"monday": ["09:00", "17:00"], "sunday": ["00:00", "24:00"]},
    "holidays": {"2026-12-25": "Christmas Day"},
}


def test_the_file_is_read() -> None:
    read = read_calendar(FILE)
    assert read == Calendar(
        zone=BERLIN, hours={0: OFFICE, 6: (MIDNIGHT, MIDNIGHT)}, holidays={date(2026, 12, 25): "Christmas Day"}
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"time-zone": "Europe/Berln"}, "time-zone"),
        ({"time-zone": "../Europe/Berlin"}, "time-zone"),
        ({"time-zone": "Europe"}, "time-zone"),
        ({"time-zone": ""}, "time-zone"),
        ({"time-zone": 1}, "time-zone"),
        ({"working-hours": {}}, "working-hours"),
        ({"working-hours": []}, "working-hours"),
        ({"working-hours": {"mon": ["09:00", "17:00"]}}, "working-hours"),
        ({"working-hours": {"monday": ["09:00"]}}, "working-hours.monday"),
        ({"working-hours": {"monday": ["17:00", "09:00"]}}, "working-hours.monday"),
        ({"working-hours": {"monday": ["09:00", "00:00"]}}, "working-hours.monday"),
        ({"working-hours": {"monday": ["24:00", "24:00"]}}, "working-hours.monday"),
        ({"working-hours": {"monday": ["9:00", "17:00"]}}, "working-hours.monday"),
        ({"working-hours": {"monday": [9, 17]}}, "working-hours.monday"),
        ({"working-hours": {"monday": "09:00-17:00"}}, "working-hours.monday"),
        ({"holidays": {"2026-12-32": "?"}}, "holidays"),
        ({"holidays": {"2026-12-25": ""}}, "holidays.2026-12-25"),
        ({"holiday": {}}, "calendar.toml"),
    ],
)
def test_a_mistake_in_the_file_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        read_calendar({**FILE, **change})
    assert error.value.name.endswith(named)
