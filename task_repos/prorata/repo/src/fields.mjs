// Reading a request's body: each function returns the field or refuses the request.

import { isDate } from "./dates.mjs";
import { invalid } from "./errors.mjs";
import { isZone } from "./zones.mjs";

const LARGEST = 1_000_000_000; // cents, seats, anything that is counted

export const body = (value) => {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw invalid("the body must be a JSON object");
  }
  return value;
};

export const text = (source, name, { longest = 200, fallback } = {}) => {
  const value = source[name] ?? fallback;
  if (typeof value !== "string" || !value.trim() || value.length > longest) {
    throw invalid(`${name} must be a text of at most ${longest} characters`);
  }
  return value;
};

export const whole = (source, name, { least = 0, most = LARGEST, fallback } = {}) => {
  const value = source[name] ?? fallback;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalid(`${name} must be a whole number from ${least} to ${most}`);
  }
  return value;
};

export const date = (source, name, { fallback } = {}) => {
  const value = source[name] ?? fallback;
  if (!isDate(value)) throw invalid(`${name} must be a date, YYYY-MM-DD`);
  return value;
};

export const zone = (source, name) => {
  const value = source[name] ?? null;
  if (value !== null && !isZone(value)) throw invalid(`${name} must be a time zone such as "Europe/Lisbon", or null`);
  return value;
};

export const instant = (source, name) => {
  const value = source[name];
  const at = typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(at)) throw invalid(`${name} must be an instant in UTC, such as "2026-03-01T12:00:00Z"`);
  return at;
};

export const iban = (source, name) => {
  const value = source[name] ?? null;
  if (value !== null && (typeof value !== "string" || !/^[A-Z]{2}\d{2}[A-Z0-9]{10,30}$/.test(value))) {
    throw invalid(`${name} must be an IBAN without spaces, or null`);
  }
  return value;
};
