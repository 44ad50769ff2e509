"""The bucket that holds model artifacts and datasets."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from fraud.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MODELS_PREFIX = "models/"
DATASETS_PREFIX = "datasets/"


class ArtifactsBucket:
    """Model files under `models/<name>/`, uploaded datasets under `uploads/`."""

    def __init__(self, client: S3Client, bucket_name: str) -> None:
        self._client = client
        self._bucket = bucket_name

    def read(self, model_name: str, file_name: str) -> bytes:
        """Read one artifact whole.

        Raises
        ------
        NotFound
            When it is not there.
        """
        with translated(f"reading {file_name} of {model_name}"):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=f"{MODELS_PREFIX}{model_name}/{file_name}"
            )
            return answer["Body"].read()

    def store(self, model_name: str, path: Path) -> str:
        """Store one artifact, its checksum verified by S3.

        Returns
        -------
        str
            The SHA-256 of the file, in hex.
        """
        content = path.read_bytes()
        digest = hashlib.sha256(content)
        with translated(f"storing {path.name} of {model_name}"):
            self._client.put_object(
                Bucket=self._bucket,
                Key=f"{MODELS_PREFIX}{model_name}/{path.name}",
                Body=content,
                ChecksumAlgorithm="SHA256",
                ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
            )
        return digest.hexdigest()

    def keep_dataset(self, path: Path, sha256: str) -> str:
        """Copy a dataset into the bucket, under the digest of its content.

        Returns
        -------
        str
            The key of the copy.
        """
        key = f"{DATASETS_PREFIX}{sha256}"
        with translated("keeping a copy of the dataset"):
            self._client.upload_file(str(path), self._bucket, key)
        return key

    def fetch_dataset(self, key: str, path: Path) -> None:
        """Fetch a dataset kept before.

        Raises
        ------
        NotFound
            When it is not there any more.
        """
        with translated("fetching the dataset's copy"):
            self._client.download_file(self._bucket, key, str(path))

    def presign_upload(self, key: str, expires_s: int) -> tuple[str, str]:
        """A link that one dataset can be PUT to.

        Returns
        -------
        tuple of str
            The link, and the `s3://` link to train from afterwards.
        """
        with translated("preparing the upload"):
            url = self._client.generate_presigned_url(
                "put_object", Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=expires_s
            )
        return url, f"s3://{self._bucket}/{key}"
