"""Nervelight: treatment planning for light against neuropathic pain."""
