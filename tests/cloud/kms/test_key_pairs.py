"""Pairs of keys are made when somebody asks for them, and then they are as good as any."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from grader.cloud import Cloud


@pytest.fixture
def generated(monkeypatch):
    made = []
    generate = rsa.generate_private_key

    def counting(**how):
        made.append(how["key_size"])
        return generate(**how)

    monkeypatch.setattr(rsa, "generate_private_key", counting)
    return made


def test_a_key_that_only_encrypts_has_no_pair(generated):
    with Cloud() as cloud:
        kms = cloud.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        secret = kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"]
        assert kms.decrypt(KeyId=key, CiphertextBlob=secret)["Plaintext"] == b"hello"
    assert generated == []


def test_a_key_that_signs_has_one_pair(generated):
    with Cloud() as cloud:
        kms = cloud.client("kms")
        key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["KeyId"]
        how = {"KeyId": key, "Message": b"hello", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
        signature = kms.sign(**how)["Signature"]
        assert kms.verify(**how, Signature=signature)["SignatureValid"]
        assert kms.get_public_key(KeyId=key)["PublicKey"].startswith(b"0")
    assert generated == [2048]
