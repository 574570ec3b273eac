"""The Object Lock of buckets in CloudFormation, which ministack drops: without it evidence could be deleted."""

from xml.etree.ElementTree import Element, SubElement, tostring

from ministack.services import s3
from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws.cloudformation_types import Made, Props, completed


def _locked(name: str, props: Props) -> None:
    if not props.get("ObjectLockConfiguration"):
        return
    status, _, body = s3._put_object_lock_configuration(name, _as_xml(props["ObjectLockConfiguration"]))
    if status != 200:
        raise ValueError(f"AWS::S3::Bucket ObjectLockConfiguration of {name}: {body!r}")


def _as_xml(configuration: Props) -> bytes:
    root = Element("ObjectLockConfiguration")
    SubElement(root, "ObjectLockEnabled").text = configuration["ObjectLockEnabled"]
    if rule := configuration.get("Rule"):
        retention = SubElement(SubElement(root, "Rule"), "DefaultRetention")
        for key, value in rule["DefaultRetention"].items():
            SubElement(retention, key).text = str(value)
    return tostring(root)


def install() -> None:
    """Complete the type."""
    handlers = cfn._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    handlers["create"], change = completed(handlers["create"], _locked), handlers["update"]

    def update(name: str, old: Props, new: Props, stack_name: str) -> Made:
        made: Made = change(name, old, new, stack_name)
        _locked(made[0], new)
        return made

    handlers["update"] = update
