"""Settings of a real server under test: those of the pages, with the address of ``served_urls`` beside them."""

from nervelight.web.settings import *  # noqa: F403

ROOT_URLCONF = "served_urls"
