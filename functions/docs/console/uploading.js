// Uploads a dataset straight to the bucket, past the API and its limit on bodies.

import { ApiFailure, call } from "./api.js";

/** Upload a file; gives the link to train from. `onShare` hears the share that is sent, 0 to 1. */
export async function upload(file, onShare) {
  const { upload_url: link, dataset } = await call("POST", "datasets", { body: {} });
  await put(link, file, onShare);
  return dataset;
}

// Not fetch, which does not tell how far an upload has come.
function put(link, file, onShare) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const failed = () => reject(new ApiFailure(request.status, FAILED));
    request.upload.onprogress = (event) => onShare(event.loaded / event.total);
    request.onload = () => (request.status < 300 ? resolve() : failed());
    request.onerror = failed;
    request.open("PUT", link);
    // Without a type, so that the browser adds no header that the link was not signed for.
    request.send(file.slice(0, file.size, ""));
  });
}

const FAILED = { code: "upload_failed", message: "The bucket did not take the file." };
