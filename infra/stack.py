"""The parts list of First Responder."""

from __future__ import annotations

from aws_cdk import CfnOutput, Stack
from aws_cdk.aws_lambda import Code
from constructs import Construct

from functions.catalogue import load_all
from infra.alarm_topic import alarm_topic
from infra.answer import answer
from infra.audit import audit
from infra.boundary import bound
from infra.bundle import STAGED, stage
from infra.clocks import clocks
from infra.console import console
from infra.dashboard import dashboard
from infra.drifts import drifts
from infra.follow_through import FollowThrough
from infra.foundation import Foundation
from infra.investigate import investigate
from infra.nag import accept_declared, accept_findings
from infra.people import incidents, mail, people_topic
from infra.record import Record
from infra.remediation_function import RemediationFunction
from infra.report import report
from infra.resolve import resolve
from infra.review import review
from infra.rules import answer_direct_actions, answer_events, answer_topic
from infra.settings import DeploymentSettings
from infra.slack import slack
from infra.sweep import intake, sweep
from infra.switches import switches
from infra.wanted_places import wanted_places


class FirstResponder(Stack):
    """One stack for one account and Region, whichever it is deployed to."""

    def __init__(self, scope: Construct, name: str, *, settings: DeploymentSettings) -> None:
        super().__init__(scope, name, description="First Responder: an incident runbook that runs itself")
        foundation = Foundation(
            settings=settings,
            code=Code.from_asset(str(STAGED), asset_hash=stage()),
            record=Record(self, settings),
            people=people_topic(self, settings),
        )
        alarms = alarm_topic(self, "Alarms", "first-responder-alarms")
        bound(self, foundation.record)
        runbook = [RemediationFunction(self, remediation, foundation) for remediation in load_all()]
        for row in runbook:
            answer_events(row)
            answer_topic(row, alarms)
            answer_direct_actions(row)
            accept_declared(row, row.permissions)
        ends = resolve(self, foundation)
        follow_through = FollowThrough(self, foundation, [one.function for one in (*runbook, ends)])
        intake(self, foundation, alarms)
        sweep(self, foundation)
        audit(self, foundation)
        links = answer(self, foundation)
        places = [
            mail(self, foundation, links),
            clocks(self, foundation),
            review(self, foundation),
            investigate(self, foundation),
            ends,
            *slack(self, foundation),
            *wanted_places(self, foundation),
        ]
        incidents(self, foundation, places)
        report(self, foundation)
        switches(self, foundation)
        drifts(self, foundation)
        dashboard(self, foundation, console(self, foundation), follow_through)
        accept_findings(self, foundation.record, follow_through)
        self._say("AlarmTopic", alarms.topic_arn, "Name this topic as an alarm's action to have it answered")
        self._say("PeopleTopic", foundation.people.topic_arn, "Subscribe here to be called")
        self._say("Table", foundation.record.table.table_name, "Incidents, runs and decisions")
        self._say("EvidenceBucket", foundation.record.bucket.bucket_name, "The full story of each run")

    def _say(self, name: str, value: str, what: str) -> None:
        CfnOutput(self, f"{name}Output", value=value, description=what)
