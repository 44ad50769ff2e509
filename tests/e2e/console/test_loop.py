"""The whole loop in a browser: train, promote, score, find, label, roll back."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from fraud_cli.sampling import write_sample

pytestmark = pytest.mark.e2e

ROWS = 6000
ROWS_TO_WATCH = 30_000
"""Takes long enough for progress to be seen."""
WATCH = """() => {
    window.shares = [];
    const look = () => window.shares.push(
        document.querySelector("tbody tr progress")?.getAttribute("value"));
    new MutationObserver(look).observe(
        document.querySelector("main"), {childList: true, subtree: true});
}"""
TRAINED_WITHIN_MS = 120_000


@pytest.fixture
def console(kept_console: Any) -> Any:
    """One page for all, as somebody at work has it; no dialog is open."""
    kept_console.go("Health")
    return kept_console


def trained(console: Any) -> Any:
    """Ask for the training that the form describes, and wait for its end; its row."""
    console.page.get_by_text("Options").click()
    console.page.get_by_label("Enable it").select_option("never")
    console.page.get_by_role("button", name="Train", exact=True).click()
    expect(console.said).to_have_text(re.compile(r"Training \d+ is queued"))
    number = re.findall(r"\d+", console.said.inner_text())[0]
    details = console.page.get_by_role("button", name=f"Details of training {number}", exact=True)
    row = console.page.locator("tbody tr").filter(has=details)
    expect(row.locator(".badge")).to_have_text("processed", timeout=TRAINED_WITHIN_MS)
    expect(console.said).to_contain_text(f"Training {number} has made fraud-")
    return row


def test_a_training_from_a_link_is_followed_to_its_model(
    console: Any, served: tuple[Path, str], api: httpx.Client
) -> None:
    directory, link = served
    write_sample(directory / "console.csv", ROWS_TO_WATCH, seed=31)
    console.go("Trainings")
    console.page.evaluate(WATCH)
    console.page.get_by_label("Link to the CSV file").fill(f"{link}/console.csv")
    row = trained(console)
    name = row.locator("code").inner_text()
    shares = [float(share) for share in console.page.evaluate("window.shares") if share]
    assert any(0 < share < 1 for share in shares)
    assert api.get(f"/models/{name}").json()["state"] == "candidate"
    row.get_by_role("button").click()
    details = console.page.get_by_role("dialog")
    expect(details).to_contain_text(f"{link}/console.csv")
    expect(details).to_contain_text("Not enabled, because")
    expect(details).to_contain_text("Findings about the data")


def test_a_file_is_uploaded_and_trained_from(
    console: Any, tmp_path: Path, api: httpx.Client
) -> None:
    write_sample(tmp_path / "mine.csv", ROWS, seed=32)
    console.go("Trainings")
    console.page.get_by_label("a file").check()
    console.page.get_by_label("CSV file", exact=True).set_input_files(tmp_path / "mine.csv")
    with console.page.expect_request("**/uploads/**") as upload:
        name = trained(console).locator("code").inner_text()
    # The bucket's CORS rules allow no header that a browser would have to ask for.
    assert upload.value.method == "PUT"
    assert not {"content-type", "x-api-key"} & upload.value.all_headers().keys()
    model = api.get(f"/models/{name}").json()
    assert model["card"]["dataset"]["rows"] == ROWS


def test_a_challenger_is_set_and_withdrawn(console: Any, api: httpx.Client, rival: str) -> None:
    console.go("Models")
    console.page.get_by_role("button", name=f"Challenge {rival}").click()
    console.page.get_by_label("Share of requests").fill("0.25")
    console.page.get_by_label("Reason").fill("to see")
    console.page.get_by_role("button", name="Challenge", exact=True).click()
    expect(console.said).to_contain_text(f"{rival} is challenger")
    assert api.get(f"/models/{rival}").json()["share"] == 0.25
    console.page.get_by_role("button", name=f"Withdraw {rival}").click()
    console.page.get_by_label("Reason").fill("seen")
    console.page.get_by_role("button", name="Withdraw", exact=True).click()
    expect(console.said).to_contain_text(f"{rival} is candidate")


def test_a_model_is_promoted_and_rolled_back_with_reasons(
    console: Any, api: httpx.Client, rival: str
) -> None:
    champion = str(api.get("/model/healthy").json()["modelname"])
    console.go("Models")
    console.page.get_by_label("Model", exact=True).select_option(rival)
    curves = console.page.get_by_role("img", name=f"for {rival} and {champion}")
    expect(curves).to_have_count(3)
    console.page.get_by_role("button", name=f"Promote {rival}").click()
    console.page.get_by_label("Reason").fill("it held up in the shadow")
    console.page.get_by_role("button", name="Promote", exact=True).click()
    expect(console.said).to_contain_text(f"{rival} is champion")
    assert api.get("/model/healthy").json()["modelname"] == rival
    console.page.get_by_role("button", name="Roll back").click()
    console.page.get_by_label("Reason").fill("too many false alarms")
    console.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(console.said).to_contain_text(f"{champion} is champion")
    history = api.get(f"/models/{rival}").json()["history"]
    reasons = [(entry["action"], entry["reason"]) for entry in history]
    assert reasons[:2] == [
        ("rollback", "too many false alarms"),
        ("promote", "it held up in the shadow"),
    ]


@pytest.mark.parametrize("form", ["four fields", "a raw transaction"])
def test_a_transaction_is_scored_with_reasons_found_in_the_log_and_labelled(
    console: Any, api: httpx.Client, form: str
) -> None:
    console.go("Score")
    console.page.get_by_label(form).check()
    console.page.get_by_role("button", name="Score").click()
    expect(console.page.get_by_role("img", name="Contribution of each input")).to_be_visible()
    prediction_id = console.page.locator("dd code").last.inner_text()
    logged = api.get(f"/predictions/{prediction_id}").json()
    bars = console.page.locator("rect.raises, rect.lowers")
    assert bars.count() == len(logged["reasons"])
    expect(console.page.locator("dd .badge")).to_contain_text(logged["outcome"])
    console.page.get_by_role("link", name="Look at it in the log").click()
    details = console.page.get_by_role("dialog")
    expect(details).to_contain_text("As it was sent")
    details.get_by_role("button", name="as fraud").click()
    expect(console.said).to_contain_text("is labelled fraud")
    expect(details.locator(".labels-so-far")).to_contain_text("fraud, found")
    details.get_by_role("button", name="Close").click()
    row = console.page.get_by_role("row").filter(has_text=prediction_id)
    row.get_by_role("button", name="as legitimate").click()
    expect(row.locator(".label")).to_have_text("legitimate")
    labels = api.get(f"/predictions/{prediction_id}").json()["labels"]
    assert [label["is_fraud"] for label in labels] == [True, False]


def test_the_log_is_filtered_and_read_page_by_page(console: Any, api: httpx.Client) -> None:
    row = {"day_of_month": 5, "type": "PAYMENT", "amount_log": 3.0, "amount_dest": 0.0}
    batch = {"transactions": [row] * 25}
    made = api.post("/model/predict/batch", json=batch).json()["results"]
    console.go("Log")
    rows = console.page.locator("tbody tr")
    expect(rows).to_have_count(20)
    console.page.get_by_role("button", name="Show older ones").click()
    expect(rows.nth(24)).to_contain_text(made[0]["prediction_id"])
    outcome = made[0]["outcome"]
    console.page.get_by_label("Outcome").select_option(outcome)
    console.page.get_by_label("Client").fill("nobody-of-this-name")
    console.page.get_by_role("button", name="Search").click()
    expect(console.page.get_by_text("No predictions")).to_be_visible()
    console.page.get_by_label("Client").fill("local")
    console.page.get_by_role("button", name="Search").click()
    expect(rows.first).to_contain_text(outcome)


def test_a_report_is_saved(console: Any, api: httpx.Client) -> None:
    name = api.get("/model/healthy").json()["modelname"]
    console.go("Models")
    console.page.get_by_role("button", name=name, exact=True).click()
    with console.page.expect_download() as saved:
        console.page.get_by_role("button", name="Save the report").click()
    assert saved.value.suggested_filename == f"{name}.html"
    assert name in saved.value.path().read_text(encoding="utf-8")
