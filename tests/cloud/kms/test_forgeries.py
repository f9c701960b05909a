"""What was forged, or made with another key, is refused by KMS's own errors."""

import pytest

from grader.cloud import Cloud


@pytest.fixture
def kms():
    with Cloud() as cloud:
        yield cloud.client("kms")


def key_of(kms, **how):
    return kms.create_key(**how)["KeyMetadata"]["KeyId"]


@pytest.mark.parametrize("place", [0, 3, 40, -1])
@pytest.mark.parametrize("named", [True, False])
def test_a_changed_ciphertext_is_invalid(kms, place, named):
    key = key_of(kms)
    changed = bytearray(kms.encrypt(KeyId=key, Plaintext=b"hello")["CiphertextBlob"])
    changed[place] ^= 0x81
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=bytes(changed), **({"KeyId": key} if named else {}))


def test_a_ciphertext_of_another_key_is_told_apart(kms):
    ours, theirs = key_of(kms), key_of(kms)
    secret = kms.encrypt(KeyId=theirs, Plaintext=b"hello")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=secret)["Plaintext"] == b"hello"
    with pytest.raises(kms.exceptions.IncorrectKeyException):
        kms.decrypt(CiphertextBlob=secret, KeyId=ours)


def test_a_signature_that_does_not_fit_is_an_error(kms):
    how = {"KeyId": key_of(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"), "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=b"hello", **how)["Signature"]
    assert kms.verify(Message=b"hello", Signature=signature, **how)["SignatureValid"]
    with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
        kms.verify(Message=b"hell0", Signature=signature, **how)
