"""Secrets of accounts: sealed where they stand, by an upgrade too."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record import keys
from nervelight.record.models import AppDevice, RecoveryDevice, place_of_secret

SECRET = bytes(range(20))


class Editor:
    """What a migration is given of the database."""

    connection = connection


def test_a_secret_opens_where_it_was_sealed_and_nowhere_else(monkeypatch):
    sealed = keys.seal_secret(SECRET, place_of_secret(1))
    assert keys.open_secret(sealed, place_of_secret(1)) == SECRET
    assert keys.seal_secret(SECRET, place_of_secret(1)) != sealed
    # There is room for this many signs.
    assert len(sealed) <= TOTPDevice._meta.get_field("key").max_length
    changed = sealed[:-1] + ("A" if sealed[-1] != "A" else "B")
    for bad, place in ((sealed, place_of_secret(2)), (changed, place_of_secret(1)), (SECRET.hex(), place_of_secret(1))):
        with pytest.raises(keys.KeyMissing):
            keys.open_secret(bad, place)
    monkeypatch.setattr(keys, "site_key", lambda: bytes(32))
    with pytest.raises(keys.KeyMissing, match="another site key"):
        keys.open_secret(sealed, place_of_secret(1))


def test_the_upgrade_seals_secrets_and_codes_once_and_they_are_good_as_before(clinician):
    plain = TOTPDevice.objects.create(user=clinician, name="app", key=SECRET.hex(), confirmed=True)
    kept = StaticDevice.objects.create(user=clinician, name="recovery", confirmed=True)
    codes = [StaticToken.random_token() for _ in range(2)]
    StaticToken.objects.bulk_create(StaticToken(device=kept, token=each) for each in codes)
    step = import_module("nervelight.record.migrations.0003_sealed_second_factors")
    for _ in range(2):
        step.seal(apps, Editor)
    device = AppDevice.objects.get(pk=plain.pk)
    assert device.bin_key == SECRET
    assert SECRET.hex() not in device.key
    recovery = RecoveryDevice.objects.get(pk=kept.pk)
    assert not recovery.verify_token(StaticToken.objects.first().token)
    recovery.throttle_reset()
    assert [recovery.verify_token(code) for code in (codes[0], codes[1])] == [True, True]
    assert not StaticToken.objects.exists()
    step.unseal(apps, Editor)
    assert TOTPDevice.objects.get(pk=plain.pk).key == SECRET.hex()
