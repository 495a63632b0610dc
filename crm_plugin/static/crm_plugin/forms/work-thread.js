// Looks for the number that a form asks for, beside the page, so that nothing stalls.
// A plain SHA-256: the browser's own is there on https only, and one promise per try is
// slower than this. Answers {answer: "123"}; asks for nothing and sends nothing.
const K = new Uint32Array(64);
const START = new Uint32Array(8);
(() => {
  const fraction = (number) => ((number - Math.floor(number)) * 4294967296) >>> 0;
  let found = 0;
  for (let n = 2; found < 64; n += 1) {
    let prime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(n));
    K[found] = fraction(Math.cbrt(n));
    found += 1;
  }
})();

const words = new Uint32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

// The first 32 bits of the hash of *text*: ASCII, shorter than one block.
const beginning = (text) => {
  words.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) words[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  words[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
  words[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const a = words[i - 15];
    const b = words[i - 2];
    const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
    const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
    words[i] = (words[i - 16] + s0 + words[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  return (START[0] + a) >>> 0;
};

self.onmessage = ({ data: { challenge, bits } }) => {
  let number = 0;
  while (beginning(challenge + number) >>> (32 - bits) !== 0) number += 1;
  self.postMessage({ answer: String(number) });
};
