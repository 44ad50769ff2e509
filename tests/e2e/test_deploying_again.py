"""A stack that is up takes a change: `fraud up` deploys over what runs, as in AWS."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

NAME = "deployed-again"
HANDLER = """
import os, said
def handler(event, context):
    return {"layer": said.WORD, "setting": os.environ["SETTING"]}
"""


def _zip(name: str, content: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(name, content)
    return whole.getvalue()


def _template(word: str, setting: str) -> str:
    """What SAM makes of a function with a layer and AutoPublishAlias.

    The names of layer and version change with the layer, not with the value of a parameter.
    """
    layer, version = f"Layer{word}", f"Version{word}"
    function = {
        "FunctionName": NAME,
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::000000000000:role/none",
        "Code": {"ZipFile": HANDLER},
        "Layers": [{"Ref": layer}],
        "Environment": {"Variables": {"SETTING": setting}},
    }
    content = {"S3Bucket": NAME, "S3Key": f"{word}.zip"}
    published = {"FunctionName": {"Ref": "Function"}}
    number = {"Fn::GetAtt": [version, "Version"]}
    alias = {**published, "FunctionVersion": number, "Name": "live"}
    resources = {
        layer: {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        version: {"Type": "AWS::Lambda::Version", "Properties": published},
        "Alias": {"Type": "AWS::Lambda::Alias", "Properties": alias},
    }
    return json.dumps({"Resources": resources})


@pytest.fixture
def answer(aws: Any) -> Iterator[Any]:
    """Deploys the function over what is there, and gives what its alias answers then."""
    s3, formation = aws("s3"), aws("cloudformation")
    s3.create_bucket(Bucket=NAME)
    keys: list[str] = []

    def run(word: str, setting: str) -> Any:
        key = f"{word}.zip"
        s3.put_object(Bucket=NAME, Key=key, Body=_zip("python/said.py", f"WORD = {word!r}\n"))
        act = formation.update_stack if keys else formation.create_stack
        done = "stack_update_complete" if keys else "stack_create_complete"
        act(StackName=NAME, TemplateBody=_template(word, setting))
        keys.append(key)
        formation.get_waiter(done).wait(StackName=NAME, WaiterConfig={"Delay": 1})
        invoked = aws("lambda").invoke(FunctionName=f"{NAME}:live")
        return json.loads(invoked["Payload"].read())

    yield run
    formation.delete_stack(StackName=NAME)
    for key in keys:
        s3.delete_object(Bucket=NAME, Key=key)
    s3.delete_bucket(Bucket=NAME)


def test_an_alias_answers_with_the_layer_that_was_deployed_last(answer: Any) -> None:
    assert answer("Before", "1") == {"layer": "Before", "setting": "1"}
    assert answer("After", "1") == {"layer": "After", "setting": "1"}
    assert answer("Later", "2") == {"layer": "Later", "setting": "2"}


def test_an_alias_keeps_its_version_where_none_is_published(answer: Any) -> None:
    """As in AWS: SAM publishes none for the changed value of a parameter."""
    assert answer("Before", "1") == {"layer": "Before", "setting": "1"}
    assert answer("Before", "2") == {"layer": "Before", "setting": "1"}
    assert answer("After", "2") == {"layer": "After", "setting": "2"}
