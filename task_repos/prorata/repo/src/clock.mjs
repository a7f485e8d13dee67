// What time it is. A clock can be stopped at an instant, for trying things out.

export const createClock = (stoppedAt = null) => {
  let stopped = stoppedAt;
  return {
    now: () => stopped ?? Math.floor(Date.now() / 1000) * 1000,
    stop: (at) => {
      stopped = at;
    },
    stopped: () => stopped !== null,
  };
};

/** An instant as it stands in documents: to the second. */
export const stamp = (at) => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
