"""What a place has carried out, as one line for people. Reads by which changes nothing are nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from drills.inbox import Mail
from drills.people_standin.jira import Jira
from drills.people_standin.loopback import Said
from drills.people_standin.slack import Slack

_INCIDENT = re.compile(r"INC-[0-9]{8}-[0-9a-f]{8}", re.IGNORECASE)
_AGAIN = "(perhaps again) "
_CALLS = {"trigger": "page sent", "acknowledge": "page acknowledged", "resolve": "page resolved"}


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One thing that has reached a place. `what` is its kind there; `line` tells it from all others there, and is empty for what
    is put in place of itself and may be so any number of times. `text` may hold strangers' words."""

    place: str
    incident: str
    what: str
    text: str
    line: str = ""


def in_slack(slack: Slack, method: str, said: Said, answer: Said) -> Arrival | None:
    """Of one call that Slack has carried out."""
    if method == "conversations.create":
        name, kind = answer["channel"]["name"], "private " if answer["channel"]["is_private"] else ""
        text = f"{kind}channel #{name} created"
        return Arrival(place="slack", incident=_incident(name), what="channel", text=text, line=name)
    if method not in ("chat.postMessage", "chat.update"):
        return None
    channel, thread = slack.channels[said["channel"]], said.get("thread_ts")
    root = next(one for one in channel.messages if one["ts"] == (thread or answer["ts"]))
    incident = _incident(f"{channel.name} {_key(root)} {_linked(slack, root)}")
    where, key = f"#{_short(channel.name)}", _key(said)
    if method == "chat.update":
        return Arrival(place="slack", incident=incident, what="in place", text=f"{where} now: {_shown(said)}")
    if thread:
        return Arrival(place="slack", incident=incident, what="reply", text=f"{where} > {said['text']}", line=key)
    return Arrival(place="slack", incident=incident, what="message", text=f"{where} {_shown(said)}", line=key)


def in_pagerduty(route: str, named: tuple[str, ...], event: Said, answer: Said) -> Arrival:
    """Of one event that PagerDuty has taken."""
    payload, action = event.get("payload", {}), event["event_action"]
    line = json.dumps([action, payload], sort_keys=True)
    text = f"{_CALLS[action]}: {payload['summary']}" if payload else f"{_CALLS[action]}: {event['dedup_key']}"
    return Arrival(place="pagerduty", incident=event["dedup_key"], what=_CALLS[action], text=text, line=line)


def in_jira(jira: Jira, route: str, named: tuple[str, ...], asked: Said, answer: Said) -> Arrival | None:
    """Of one request that Jira has carried out."""
    key = str(answer.get("key", "")) if route == "create" else "".join(named)
    if route not in ("create", "comment", "transition", "edit"):
        return None
    fields = jira.issues[key].fields
    incident = _incident(json.dumps(fields["labels"]))
    match route:
        case "create":
            what, text, line = "ticket", f"{key} opened: {fields['summary']}", json.dumps(fields["labels"])
        case "comment":
            what, text, line = "note", f"{key} note: {_words(asked['body'])}", json.dumps(asked["body"])
        case "transition":
            status = jira.statuses[asked["transition"]["id"]][0]
            what, text, line = "closed", f"{key} is {status}", status
        case _:
            what, text, line = "rated", f"{key} rated anew", ""
    return Arrival(place="ticket", incident=incident, what=what, text=text, line=line and f"{key} {line}")


def by_mail(mail: Mail) -> Arrival:
    """A mail that says of itself that it comes perhaps again is the same as the first one."""
    what = next((line for line in mail.text.splitlines() if line.startswith("What: ")), "").removeprefix("What: ")
    line = f"{mail.subject.removeprefix(_AGAIN)}\n{mail.text}"
    named = mail.text.partition("\nIncident: ")[2]
    return Arrival(place="mail", incident=_incident(named), what="mail", text=f"{mail.subject}: {what}", line=line)


def _incident(text: str) -> str:
    """The first that is named, empty where none is."""
    found = _INCIDENT.search(text)
    return f"INC-{found[0][4:].lower()}" if found else ""


def _key(message: Said) -> str:
    """First Responder's own name of a message, by which it finds it again."""
    return str(message["metadata"]["event_payload"]["key"])


def _linked(slack: Slack, message: Said) -> str:
    """The names of the channels that a message points to."""
    ids = re.findall(r"<#(\w+)>", json.dumps(message["blocks"]))
    return " ".join(slack.channels[one].name for one in ids if one in slack.channels)


def _short(name: str) -> str:
    """Of an incident's channel the digits that tell it from others, and how its service begins."""
    return re.sub(r"^inc-[0-9]{8}-([0-9a-f]{4})[0-9a-f]{4}(-.{,15}).*", r"\1\2", name)


def _shown(said: Said) -> str:
    """What a message says, and the buttons below it."""
    rows = [block["elements"] for block in said["blocks"] if block["type"] == "actions"]
    labels = " ".join(f"[{button['text']['text']}]" for row in rows for button in row)
    return f"{said['text']} {labels}".rstrip()


def _words(document: Said) -> str:
    return " ".join(text["text"] for paragraph in document["content"] for text in paragraph["content"])
