"""Loopback counts as a secure transport.

Protium's buckets refuse requests without TLS (`aws:SecureTransport`), which stays as it is on AWS. The emulator speaks
plain HTTP on the loopback interface, where nobody listens in, so it may say that the transport was secure.
"""

from ministack import app


def install() -> None:
    """Sets `aws:SecureTransport` to true for every request."""
    pin = app.pin_request_origin
    app.pin_request_origin = lambda address, _secure: pin(address, True)
