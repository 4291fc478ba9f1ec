"""The bucket of pictures and the distribution before it: private, signed, and over TLS only."""

from __future__ import annotations

from infra.templates import resources


def test_a_picture_can_only_be_read_through_the_service() -> None:
    (bucket,) = resources("circles", "S3::Bucket").values()
    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert bucket["BucketEncryption"]
    assert [rule["AllowedMethods"] for rule in bucket["CorsConfiguration"]["CorsRules"]] == [["GET", "POST"]]
    policy = resources("circles", "S3::BucketPolicy")["PicturesPolicy"]["PolicyDocument"]["Statement"]
    (condition, allowed, nothing) = next(one["Fn::If"] for one in policy if "Fn::If" in one)
    assert (condition, nothing) == ("HasCdn", {"Ref": "AWS::NoValue"})
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Resource"] == [{"Fn::Sub": f"${{Pictures.Arn}}/{folder}/*"} for folder in ("shown", "thumb")], "no upload"
    arn = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${PicturesCdn}"
    assert allowed["Condition"] == {"StringEquals": {"aws:SourceArn": {"Fn::Sub": arn}}}


def test_c13_the_distribution_of_pictures_takes_only_signed_requests_over_tls() -> None:
    (distribution,) = resources("circles", "CloudFront::Distribution").values()
    config = distribution["DistributionConfig"]
    (origin,) = config["Origins"]
    assert origin["DomainName"] == {"Fn::GetAtt": "Pictures.RegionalDomainName"}
    assert origin["OriginAccessControlId"] == {"Ref": "PicturesAccess"}
    access = resources("circles", "CloudFront::OriginAccessControl")["PicturesAccess"]["OriginAccessControlConfig"]
    assert (access["SigningBehavior"], access["SigningProtocol"]) == ("always", "sigv4")
    assert "CacheBehaviors" not in config, "a behavior without a key group would be public"
    behavior = config["DefaultCacheBehavior"]
    assert (behavior["ViewerProtocolPolicy"], behavior["AllowedMethods"]) == ("https-only", ["GET", "HEAD"])
    assert behavior["TrustedKeyGroups"] == [{"Ref": "PicturesKeys"}]
    (group,) = resources("circles", "CloudFront::KeyGroup").values()
    assert group["KeyGroupConfig"]["Items"] == [{"Ref": "PicturesKey"}]
    (key,) = resources("circles", "CloudFront::PublicKey").values()
    assert key["PublicKeyConfig"]["EncodedKey"] == {"Ref": "PicturesPublicKey"}


def test_c13_caches_hold_one_copy_of_a_picture_and_no_address() -> None:
    (cache,) = (one["CachePolicyConfig"] for one in resources("circles", "CloudFront::CachePolicy").values())
    forwarded = cache["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["QueryStringsConfig"] == {"QueryStringBehavior": "none"}, "a signature is not part of the key"
    assert cache["MaxTTL"] <= 3600, "a deleted picture is gone within an hour"
    (distribution,) = resources("circles", "CloudFront::Distribution").values()
    assert "Logging" not in distribution["DistributionConfig"], "access logs would hold addresses"
    (headers,) = (
        one["ResponseHeadersPolicyConfig"] for one in resources("circles", "CloudFront::ResponseHeadersPolicy").values()
    )
    assert headers["SecurityHeadersConfig"] == {"ContentTypeOptions": {"Override": True}}
    assert headers["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": {"Ref": "Origins"}}
    assert headers["CorsConfig"]["AccessControlAllowCredentials"] is False
