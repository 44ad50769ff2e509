// What went wrong, in words that say what to do.

import { element } from "./dom.js";
import { lasting } from "./format.js";

/** Title and advice for a failure; `scope` names what the route needs. */
export function explained(failure, scope = null) {
  if (failure.status === 0 && failure.code === "unreachable") {
    return ["The API does not answer", "Is it running, and are you online?"];
  }
  if (failure.code === "upload_failed") {
    return ["The upload failed", "Try again; where a proxy stands between, train from a link."];
  }
  if (failure.status === 401) {
    return ["This key is not valid", "It is wrong, expired or revoked. Enter another one."];
  }
  if (failure.status === 403) {
    const needed = scope ? `It takes a key with scope ${scope}.` : failure.message;
    return ["This key may not do that", needed];
  }
  if (failure.status === 429) {
    // Too fast, or a quota is used up: the message tells which.
    const said = failure.message.replace(/\.$/, "");
    return ["Too much for now", `${said}. Wait ${lasting(failure.retryAfterS ?? 1)}, then try again.`];
  }
  if (failure.code === "no_model") {
    return ["There is no model yet", "Train one: the first that can be trained is enabled."];
  }
  if (failure.status >= 500) {
    return ["The service has a problem", `${failure.message} Try again in a moment.`];
  }
  if (failure.status === 409) return ["Something else came first", failure.message];
  if (failure.status === 404) return ["Not found", failure.message];
  return ["This was refused", failure.message ?? "Reload the page and try again."];
}

/** A failure as a box; announced at once where somebody waits for it. */
export function notice(failure, { scope = null, urgent = true } = {}) {
  const [title, advice] = explained(failure, scope);
  const others = (failure.fields ?? []).filter(({ message }) => message !== advice);
  const fields = others.map(({ field, message }) =>
    element("li", {}, element("code", {}, field), ` ${message}`),
  );
  return element(
    "div",
    { class: "notice error", role: urgent ? "alert" : null },
    element("strong", {}, title),
    element("p", {}, advice),
    fields.length > 0 && element("ul", {}, ...fields),
    failure.requestId && element("small", {}, `Request ${failure.requestId}`),
  );
}

/** A box that says there is nothing, and what would change that. */
export function nothing(title, advice) {
  return element("div", { class: "notice" }, element("strong", {}, title), element("p", {}, advice));
}

/** Whether a view was left while it waited, which is no failure. */
export function wasLeft(error) {
  return error.name === "AbortError";
}
