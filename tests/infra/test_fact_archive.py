"""The archive of facts in the template of review: one writer, no access to the table, and an end."""

from __future__ import annotations

from infra.templates import resources, statements, template, text
from services.review.repository.product_metrics import FACT_LIFETIME


def test_m20_the_archive_of_facts_is_written_by_one_function_and_expires_with_the_facts_of_the_table() -> None:
    bucket = resources("review", "S3::Bucket")["Facts"]
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", FACT_LIFETIME.days)
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    of_bucket = [(owner, one["Action"]) for owner, one in statements("review") if "Facts.Arn" in text(one["Resource"])]
    assert of_bucket == [("OnFacts", "s3:PutObject")]
    assert not any("dynamodb" in text(one["Action"]) for owner, one in statements("review") if owner == "OnFacts")
    function, source = (resources("review", kind) for kind in ("Serverless::Function", "Lambda::EventSourceMapping"))
    window = template("review")["Parameters"]["FactsWindow"]["MaxValue"]
    queue = resources("review", "SQS::Queue")["FactsInbox"]
    assert queue["VisibilityTimeout"] >= 6 * function["OnFacts"]["Timeout"] + window, "as AWS documents it"
    assert source["FactsSource"]["MaximumBatchingWindowInSeconds"] == {"Ref": "FactsWindow"}
