// Numbers and times as people read them, in the browser's own time zone.

import { element } from "./dom.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const DATE = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const moments = new Intl.DateTimeFormat("en-GB", DATE);
const toTheSecond = new Intl.DateTimeFormat("en-GB", { ...DATE, second: "2-digit" });

/** A count, thousands apart. */
export const count = (n) => (n === null || n === undefined ? "–" : whole.format(n));

/** A number to so many decimals. */
export const decimal = (x, digits = 3) => (x === null || x === undefined ? "–" : x.toFixed(digits));

/** A number with its sign. */
export const signed = (x, digits = 2) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(digits)}`;

/** A share of 1 in per cent, small ones to more places. */
export function percent(x) {
  if (x === null || x === undefined) return "–";
  const value = 100 * x;
  return `${value.toFixed(value !== 0 && value < 1 ? 2 : 1)} %`;
}

/** A time, with the exact one in UTC for whoever points at it. */
export function moment(text, { seconds = false } = {}) {
  if (!text) return "–";
  const shown = (seconds ? toTheSecond : moments).format(new Date(text));
  return element("time", { datetime: text, title: text }, shown);
}

/** How long so many seconds are, rounded up to what somebody who waits wants to know. */
export function lasting(seconds) {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A transaction's or a model's value: numbers short, names as they are. */
export function value(x) {
  if (typeof x !== "number") return String(x);
  return Number.isInteger(x) ? whole.format(x) : new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(x);
}

/** The end of a link, which tells datasets apart. */
export function linkEnd(link) {
  const end = link.split(/[?#]/)[0].replace(/\/+$/, "").split("/").pop();
  return end || link;
}
