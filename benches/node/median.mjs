// The timing that the benches for Node share.

/** The median of `rounds` rounds, each as many operations as take some 50 ms, in nanoseconds an operation. */
export async function median(operation, { rounds = 21, warmup = 300 } = {}) {
  for (let i = 0; i < warmup; i++) await operation();
  const round = async (count) => {
    const start = process.hrtime.bigint();
    for (let i = 0; i < count; i++) await operation();
    return Number(process.hrtime.bigint() - start);
  };
  let count = 1;
  while ((await round(count)) < 50_000_000) count *= 2;
  const times = [];
  for (let i = 0; i < rounds; i++) times.push((await round(count)) / count);
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)];
}
