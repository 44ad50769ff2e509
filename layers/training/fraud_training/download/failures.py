"""What goes wrong on the network, in the words of the domain."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from fraud.domain.errors import DatasetError, FraudError, Unavailable
from fraud_training.download.limits import Deadline

RETRY_AFTER_S = 30


def link_refused(message: str) -> DatasetError:
    """Return the error of a link, address or redirect that is not followed."""
    return DatasetError(message, code="dataset_link_refused")


def unreachable(message: str) -> DatasetError:
    """Return the error of a link behind which there is no dataset."""
    return DatasetError(message, code="dataset_unreachable")


def unreachable_for_now(message: str) -> Unavailable:
    """Return the error of a link that may work later."""
    return Unavailable(message, code="dataset_unreachable", retry_after_s=RETRY_AFTER_S)


def too_large(max_bytes: int) -> DatasetError:
    """Return the error of a dataset over the cap."""
    message = f"The dataset has more than {max_bytes} bytes, which is the most that is read."
    return DatasetError(message, code="dataset_too_large")


def truncated(host: str) -> DatasetError:
    """Return the error of a body that stops short."""
    message = f"{host} closed the connection before the end of the dataset."
    return DatasetError(message, code="dataset_truncated")


@contextmanager
def network_failures(host: str, deadline: Deadline) -> Iterator[None]:
    """Turn whatever socket, TLS and HTTP raise inside the block into an error of the domain.

    Only network calls belong in the block: an error of the disk would read as one of the network.
    """
    try:
        yield
    except (OSError, HTTPException) as error:
        raise _translated(error, host, deadline) from error


def _translated(error: Exception, host: str, deadline: Deadline) -> FraudError:
    if isinstance(error, TimeoutError):
        return _timed_out(host, deadline)
    if isinstance(error, ssl.SSLCertVerificationError):
        message = f"The certificate of {host} is not valid: {error.verify_message}."
        return DatasetError(message, code="dataset_certificate_invalid")
    if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
        return unreachable(f"{host} does not speak TLS as it should ({error.reason}).")
    if isinstance(error, IncompleteRead):
        return truncated(host)
    if isinstance(error, HTTPException) and not isinstance(error, RemoteDisconnected):
        return unreachable(f"{host} does not speak HTTP as it should ({type(error).__name__}).")
    return unreachable_for_now(f"The connection to {host} failed ({error}).")


def _timed_out(host: str, deadline: Deadline) -> FraudError:
    if deadline.passed:
        message = f"{host} did not deliver the dataset within {deadline.total_s:g} s."
        return DatasetError(message, code="dataset_timeout")
    message = f"{host} did not answer in time."
    return Unavailable(message, code="dataset_timeout", retry_after_s=RETRY_AFTER_S)
