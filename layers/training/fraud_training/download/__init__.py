"""A dataset's link, fetched into a file: streamed, capped, to checked addresses only.

A failure is one of two kinds. `DatasetError` is the dataset's own and ends the training;
`Unavailable` is one that trying again may cure. Both carry one of these codes:

| code                        | kind         | what happened                                       |
|-----------------------------|--------------|-----------------------------------------------------|
| dataset_link_refused        | DatasetError | the link, an address of its name or a redirect's    |
|                             |              | target is not allowed, or too many redirects        |
| dataset_unreachable         | DatasetError | a status other than 200, no such name or object,    |
|                             |              | no access, no TLS or no HTTP spoken there           |
| dataset_unreachable         | Unavailable  | connection refused or reset, no resolver, status    |
|                             |              | 408, 425, 429 or 5xx, S3 out of order               |
| dataset_certificate_invalid | DatasetError | expired, self-signed or another host's certificate  |
| dataset_timeout             | DatasetError | the whole took longer than `total_timeout_s`        |
| dataset_timeout             | Unavailable  | no connection, or no next byte, in time             |
| dataset_too_large           | DatasetError | over `max_bytes`, announced, sent or decompressed   |
| dataset_truncated           | DatasetError | the body stopped before its announced or marked end |
| dataset_is_html             | DatasetError | a web page where a file was expected                |
| dataset_encoding_refused    | DatasetError | a Content-Encoding other than gzip, or broken gzip  |
| disk_full                   | Unavailable  | no room where the file was to be written            |

Whatever the failure, nothing is left on disk.
"""

from fraud_training.download.http_source import download
from fraud_training.download.limits import DownloadLimits
from fraud_training.download.s3_source import download_s3
from fraud_training.download.storing import Downloaded, ProgressCallback

__all__ = ["DownloadLimits", "Downloaded", "ProgressCallback", "download", "download_s3"]
