"""The buckets of pictures and the distributions before them: private, signed, and over TLS only."""

from __future__ import annotations

import pytest

from infra.templates import resources

WITH_PICTURES = ("circles", "chat", "commerce")


@pytest.mark.parametrize("service", WITH_PICTURES)
def test_a_picture_can_only_be_read_through_the_service(service: str) -> None:
    (bucket,) = resources(service, "S3::Bucket").values()
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert bucket["BucketEncryption"]
    assert [rule["AllowedMethods"] for rule in bucket["CorsConfiguration"]["CorsRules"]] == [["GET", "POST"]]
    policy = resources(service, "S3::BucketPolicy")["PicturesPolicy"]["PolicyDocument"]["Statement"]
    (condition, allowed, nothing) = next(one["Fn::If"] for one in policy if "Fn::If" in one)
    assert (condition, nothing) == ("HasCdn", {"Ref": "AWS::NoValue"})
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Resource"] == [{"Fn::Sub": f"${{Pictures.Arn}}/{folder}/*"} for folder in ("shown", "thumb")], "no upload"
    arn = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${PicturesCdn}"
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceArn": {"Fn::Sub": arn}}}


@pytest.mark.parametrize("service", WITH_PICTURES)
def test_c13_the_distribution_of_pictures_takes_only_signed_requests_over_tls(service: str) -> None:
    (distribution,) = resources(service, "CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    (origin,) = config["Origins"]
    assert origin["DomainName"] == {"Fn::GetAtt": "Pictures.RegionalDomainName"}
    assert origin["OriginAccessControlId"] == {"Ref": "PicturesAccess"}
    access = resources(service, "CloudFront::OriginAccessControl")["PicturesAccess"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert "CacheBehaviors" not in config, "a behavior without a key group would be public"
    behavior = config["DefaultCacheBehavior"]
    assert (behavior["ViewerProtocolPolicy"], behavior["AllowedMethods"]) == ("https-only", ["GET", "HEAD"])
    assert behavior["TrustedKeyGroups"] == [{"Ref": "PicturesKeys"}]
    (group,) = resources(service, "CloudFront::KeyGroup").values()
    assert group["KeyGroupConfig"]["Items"] == [{"Ref": "PicturesKey"}]
    (key,) = resources(service, "CloudFront::PublicKey").values()
    assert key["PublicKeyConfig"]["EncodedKey"] == {"Ref": "PicturesPublicKey"}


@pytest.mark.parametrize("service", WITH_PICTURES)
def test_c13_caches_hold_one_copy_of_a_picture_and_no_address(service: str) -> None:
    (cache,) = (one["CachePolicyConfig"] for one in resources(service, "CloudFront::CachePolicy").values())
    forwarded = cache["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["QueryStringsConfig"] == {"QueryStringBehavior": "none"}, "a signature is not part of the key"
    assert cache["MaxTTL"] <= 3600, "a deleted picture is gone within an hour"
    (distribution,) = resources(service, "CloudFront::Distribution").values()
    assert "Logging" not in distribution["DistributionConfig"], "access logs would hold addresses"
    (headers,) = (
        one["ResponseHeadersPolicyConfig"] for one in resources(service, "CloudFront::ResponseHeadersPolicy").values()
    )
    assert headers["SecurityHeadersConfig"] == {"ContentTypeOptions": {"Override": True}}
    assert headers["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": {"Ref": "Origins"}}
    assert headers["CorsConfig"]["AccessControlAllowCredentials"] is False


def test_h24_the_workers_have_the_same_limits_and_failure_queues() -> None:
    for kind, name in (("Serverless::Function", "OnPicture"), ("SQS::Queue", "PictureInbox"), ("SQS::Queue", "PictureDead")):
        alike = {str(resources(service, kind)[name]).replace(service, "-") for service in WITH_PICTURES}
        assert len(alike) == 1, name
