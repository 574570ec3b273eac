"""What people judge and steer us by: traces, alarms, code, templates, accounts, roles."""

from __future__ import annotations

from infra.denials.denial import Denial, every

CONTROL = (
    Denial(
        sid="Traces",
        because="Nobody can judge a machine that wipes its tracks, and an intruder's tracks would go with them",
        actions=every("logs", "DeleteLogGroup DeleteLogStream")
        + every("cloudtrail", "StopLogging Delete* Update* PutEventSelectors")
        + every("guardduty", "Delete* UpdateDetector Disassociate* StopMonitoring* ArchiveFindings")
        + every("config", "Delete* StopConfigurationRecorder")
        + every("securityhub", "Delete* Disable*")
        + ["ec2:UnlockSnapshot"],
    ),
    Denial(
        sid="Alarms",
        because="The alarm is the proof: silenced or set by hand, it would call every change a success",
        actions=every("cloudwatch", "DeleteAlarms DisableAlarmActions PutAlarmMuteRule SetAlarmState"),
    ),
    Denial(
        sid="Code",
        because="Who changes what runs has the permissions of all that runs; code comes by deployment alone",
        actions=every("lambda", "CreateFunction* DeleteFunction UpdateFunctionCode UpdateFunctionConfiguration")
        + every("lambda", "UpdateFunctionUrlConfig *Permission")
        + every("states", "CreateStateMachine UpdateStateMachine DeleteStateMachine")
        + every("events", "Delete* DisableRule RemoveTargets"),
    ),
    Denial(
        sid="Stacks",
        because="The owner's templates are the owner's word, and a stack update can replace or delete anything",
        actions=every("cloudformation", "Activate* Cancel* Continue* Create* Deactivate* Delete* Deregister* Execute*")
        + every("cloudformation", "Import* Publish* R* Set* Signal* Start* Stop* Test* Update*"),
    ),
    Denial(
        sid="Organization",
        because="Accounts, and who may enter them, are no matter of an incident in one of them",
        actions=["organizations:*", "account:*", "sso:*"],
    ),
    Denial(
        sid="OtherRoles",
        because="Under another role none of this would hold",
        actions=every("sts", "AssumeRole* GetFederationToken"),
    ),
)
