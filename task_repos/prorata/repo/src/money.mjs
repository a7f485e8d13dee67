// Whole cents. A fraction is a numerator and a denominator until the moment it is rounded, so that no amount is ever
// anything but a whole number.

/** amount * part / whole, half a cent away from zero. */
export const share = (amount, part, whole) => {
  const doubled = 2n * BigInt(amount) * BigInt(part);
  const size = doubled < 0n ? -doubled : doubled;
  const rounded = (size + BigInt(whole)) / (2n * BigInt(whole));
  return Number(doubled < 0n ? -rounded : rounded);
};

export const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0);

/** Tax on a net amount; the rate is in hundredths of a per cent. */
export const tax = (net, rate) => share(net, rate, 10_000);
