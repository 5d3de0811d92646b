"""Secrets of second factors are encrypted under the site key, recovery codes become keyed hashes."""

from typing import Any

from django.db import migrations

from nervelight.record import keys

PLAIN_CODE = 8
"""Length of a recovery code; its hash is longer."""


def _place(device: Any) -> str:
    # As `nervelight.record.models.place_of_secret` says; what is sealed stays bound to it.
    return f"second factor of {device.user_id}"


def seal(apps: Any, schema_editor: Any) -> None:
    """Seal what stands plain; what is sealed stays as it is."""
    database = schema_editor.connection.alias
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.using(database):
        if not device.key.startswith(keys.SEALED):
            device.key = keys.seal_secret(bytes.fromhex(device.key), _place(device))
            device.save(update_fields=["key"])
    codes = apps.get_model("otp_static", "StaticToken").objects.using(database).select_related("device")
    for code in codes:
        if len(code.token) == PLAIN_CODE:
            code.token = keys.code_token(code.token, _place(code.device))
            code.save(update_fields=["token"])


def unseal(apps: Any, schema_editor: Any) -> None:
    """Write secrets plain again; recovery codes cannot be had back, and are no longer good."""
    for device in apps.get_model("otp_totp", "TOTPDevice").objects.using(schema_editor.connection.alias):
        if device.key.startswith(keys.SEALED):
            device.key = keys.open_secret(device.key, _place(device)).hex()
            device.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [
        ("otp_static", "0003_add_timestamps"),
        ("otp_totp", "0003_add_timestamps"),
        ("record", "0002_voided"),
    ]

    operations = [
        migrations.CreateModel(
            name="AppDevice",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_totp.totpdevice",),
        ),
        migrations.CreateModel(
            name="RecoveryDevice",
            fields=[],
            options={"proxy": True, "indexes": [], "constraints": []},
            bases=("otp_static.staticdevice",),
        ),
        migrations.RunPython(seal, unseal),
    ]
