"""Links that lead inside are refused where they are asked for, before anything is opened."""

import runpy
import sys
from pathlib import Path
from typing import Any

import boto3

LINKS = Path("tests/unit/fraud/domain/test_links.py")
# Made by refused links alone: a name that is looked up, a connection.
WATCHED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto", "open")


def test_every_refused_link_is_named_and_neither_looked_up_nor_registered(
    lasting_stack: Any,
) -> None:
    links = runpy.run_path(str(lasting_stack.project_dir / LINKS))["REFUSED_LINKS"]
    call = lasting_stack.call
    # The handler's own first request opens what it needs.
    assert call("training", "POST", "/api/v1/training", {"dataset": "x"}).status == 422
    seen: list[str] = []
    watching = True

    def spy(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in WATCHED and (event != "open" or "proc" in str(arguments[0])):
            seen.append(f"{event} {arguments}")

    sys.addaudithook(spy)
    try:
        for name, link in links.items():
            answer = call("training", "POST", "/api/v1/training", {"dataset": link})
            assert answer.status == 422, (name, answer)
            assert answer.body["error"]["field"] == "dataset", (name, answer)
            assert "secret" not in str(answer.body), name
    finally:
        watching = False
    assert seen == []
    assert len(links) > 100
    items = boto3.client("dynamodb").scan(TableName="TrainingsTable")["Items"]
    assert [item for item in items if item["id"]["N"] != "0"] == []
    assert boto3.client("dynamodb").scan(TableName="UsageTable")["Items"] == []
