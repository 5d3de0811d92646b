"""Tables of the record.

What is personal stands in `Entry.content`, encrypted under the person's key; everything else in these tables is ids,
days and states, so that lists can be sorted without opening anything. Entries and audit rows are written once
(``guards``). `Course` and `Task` are read models: what they say follows from the entries, in the same transaction.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record import keys

__all__ = [
    "Account",
    "AppDevice",
    "AuditRow",
    "Clinic",
    "Course",
    "Entry",
    "Invitation",
    "NameToken",
    "Patient",
    "PersonKey",
    "RecoveryDevice",
    "Rendering",
    "Task",
    "place_of_secret",
]


class Clinic(models.Model):
    """One clinic; its people see its patients and no others."""

    name = models.CharField(max_length=200)
    emergency_number = models.CharField(max_length=60)
    """Local emergency number, as patients dial it."""
    phone = models.CharField(max_length=60)
    """The clinic's own number, for what is urgent and no emergency."""
    opening_hours = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64)
    """IANA name; days of a course are days there."""
    language = models.CharField(max_length=8, default="en")
    version = models.PositiveIntegerField(default=1)
    """Raised with each change, so that two people cannot overwrite each other."""

    def __str__(self) -> str:
        return self.name


class Patient(models.Model):
    """One person who is treated: an id and nothing that tells who it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    created_at = models.DateTimeField(auto_now_add=True)
    written_at = models.DateTimeField(default=timezone.now)
    """When anything was last written of the person; lists of people go by it."""
    synthetic = models.BooleanField(default=False)
    """Made up for a demonstration; said wherever the person is shown."""
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "-written_at"], name="patient_list")]

    def __str__(self) -> str:
        return str(self.id)


class PersonKey(models.Model):
    """The key of one person, wrapped by the site key. Erasure deletes it."""

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="key", primary_key=True)
    wrapped = models.BinaryField()


class NameToken(models.Model):
    """A blind index of names: keyed hashes of their beginnings. Erasure deletes them."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="name_tokens")
    token = models.BinaryField(max_length=16)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["token", "patient"], name="one_token_a_person")]


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts."""

    def create_user(self, login: str, password: str | None, **fields: Any) -> Account:
        """Make an account; without a password nobody can log in with it."""
        account = self.model(login=login.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        """Find an account by its login name, however it is typed."""
        return self.get(login=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """Somebody who can log in."""

    class Role(models.TextChoices):
        """What an account may do."""

        CLINICIAN = "clinician", _("clinician")
        PATIENT = "patient", _("patient")
        ADMINISTRATOR = "administrator", _("administrator")

    login = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=200, blank=True)
    """Of staff: how they sign. A patient's name stands in the record alone."""
    role = models.CharField(max_length=16, choices=Role.choices)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="accounts")
    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, null=True, blank=True, related_name="account")
    language = models.CharField(max_length=8, blank=True)
    """Of the pages; the clinic's where it is empty."""
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AccountManager] = AccountManager()
    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["role"]

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role="patient", patient__isnull=False) | (~Q(role="patient") & Q(patient__isnull=True)),
                name="a_patient_account_has_a_patient",
            )
        ]

    def get_full_name(self) -> str:
        """Return the name, or the login of an account that has none."""
        return self.name or self.login


class Course(models.Model):
    """One course of treatment of one person, with what lists need to know of it."""

    class State(models.TextChoices):
        """How far a course has come."""

        DRAFT = "draft", _("case being written")
        PLANNED = "planned", _("plan to sign")
        SIGNED = "signed", _("signed")
        ENDED = "ended", _("ended")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="courses")
    opened_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    signed_plan = models.ForeignKey("Entry", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    """The plan version that is in force."""
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    next_session = models.DateField(null=True, blank=True)
    """First planned day after the last session given."""
    next_gate = models.DateField(null=True, blank=True)
    """Next day on which the plan asks for a review."""
    to_sign = models.BooleanField(default=False)
    """The latest version of the plan is not the one in force, also where an earlier one is."""
    last_logged = models.DateField(null=True, blank=True)
    """Last day on which anything was written down of sessions or scores."""
    flags = models.PositiveIntegerField(default=0)
    """Open tasks that are urgent."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["clinic", "state", "-flags", "next_gate"], name="course_work"),
            models.Index(fields=["clinic", "state", "last_logged"], name="course_quiet"),
            models.Index(fields=["clinic", "opened_at"], condition=Q(to_sign=True), name="course_to_sign"),
            models.Index(fields=["patient", "opened_at"], name="course_of_patient"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Entry(models.Model):
    """One thing that was written into the record of a person; never changed, at most amended by a later one."""

    class Kind(models.TextChoices):
        """What an entry is; ``contents`` has the shape of each."""

        IDENTITY = "identity", _("who the person is")
        CASE = "case", _("case")
        PLAN = "plan", _("plan")
        SIGNATURE = "signature", _("signature")
        SESSION = "session", _("session")
        RESPONSE = "response", _("questionnaire")
        DAY = "day", _("note of a day")
        REVIEW = "review", _("review")
        DECISION = "decision", _("decision")
        EVENT = "event", _("adverse event")
        TASK = "task", _("task")
        EDUCATION = "education", _("education")
        CONSENT = "consent", _("consent")
        DOCUMENT = "document", _("document")
        VOIDED = "voided", _("entered in error")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="entries")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, blank=True, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    day = models.DateField()
    """The day that it is about, where the clinic is."""
    recorded_at = models.DateTimeField()
    author = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    amends = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="amended_by", db_index=True
    )
    """The entry that this one replaces. Unique: who amends what another has amended meanwhile is told so."""
    key = models.CharField(max_length=64, null=True, blank=True)
    """Idempotency key: what is sent twice is written once."""
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["patient", "key"], name="one_entry_a_key")]
        indexes: ClassVar = [
            models.Index(fields=["course", "kind", "day"], name="entry_of_course"),
            models.Index(fields=["patient", "kind", "day"], name="entry_of_patient"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class AuditRow(models.Model):
    """One row of the audit: who did what to what, when, chained to the row before. Holds nothing personal."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor = models.BigIntegerField(null=True)
    """Id of the account; no key to it, so that accounts may go."""
    role = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=40)
    patient = models.UUIDField(null=True)
    about = models.CharField(max_length=80, blank=True)
    """Id of what it was done to, or name of the page that was read."""
    digest = models.CharField(max_length=64, blank=True)
    """SHA-256 of the entry as it stands in the table."""
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["patient", "-seq"], name="audit_of_patient"),
            models.Index(fields=["actor", "-seq"], name="audit_of_actor"),
        ]


class Task(models.Model):
    """Something that somebody has to do; its words stand in its entry."""

    class Owner(models.TextChoices):
        """Who has to do it."""

        CLINICIAN = "clinician", _("clinician")
        PATIENT = "patient", _("patient")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="tasks")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="tasks")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="+")
    """The latest entry of the task."""
    owner = models.CharField(max_length=12, choices=Owner.choices)
    due = models.DateField()
    urgent = models.BooleanField(default=False)
    done = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(F("clinic"), F("done"), F("owner"), F("urgent").desc(), F("due"), name="task_list"),
            models.Index(fields=["patient", "done", "due"], name="task_of_patient"),
        ]


class Invitation(models.Model):
    """A link by which a patient, or a colleague, makes their own password; good once and not for long."""

    token_hash = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invitations")
    made_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


def place_of_secret(account: int) -> str:
    """Return what the secret of an account's second factor is bound to."""
    return f"second factor of {account}"


class AppDevice(TOTPDevice):  # type: ignore[misc]
    """The authenticator app of an account, whose secret stands encrypted under the site key."""

    class Meta:
        proxy = True

    @property
    def bin_key(self) -> bytes:
        """The secret, decrypted."""
        return keys.open_secret(self.key, place_of_secret(self.user_id))


class RecoveryDevice(StaticDevice):  # type: ignore[misc]
    """The recovery codes of an account, kept as keyed hashes."""

    class Meta:
        proxy = True

    def verify_token(self, token: str) -> bool:
        """Return whether it is one of the codes, which is used up by that."""
        return bool(super().verify_token(keys.code_token(token, place_of_secret(self.user_id))))


class Rendering(models.Model):
    """A page part that is slow to make, kept under the hash of what it is made from; sealed like an entry."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="renderings")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=60)
    made_from = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["course", "name"], name="one_rendering_a_name"),
        ]
